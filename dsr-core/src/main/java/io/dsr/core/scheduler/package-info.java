/**
 * Schedulers, one algorithm a file; {@link Schedulers} lists them all.
 *
 * <p>Each is a value: two that schedule alike are equal, so a reload sees whether a service
 * changed.
 */
package io.dsr.core.scheduler;
