/** The public door: {@link DsrBalancer} and its builder. */
package io.dsr.netty;
