/** Schedulers, one algorithm a file; {@link Schedulers} lists them all. */
package io.dsr.core.scheduler;
