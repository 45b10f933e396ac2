/**
 * The host of a balancer: event loops, interfaces and their changes, the silence of the kernel.
 * Begin at {@link io.dsr.netty.host.HostDatapath}.
 */
package io.dsr.netty.host;
