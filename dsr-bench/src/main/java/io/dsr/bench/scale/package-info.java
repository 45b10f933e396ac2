/**
 * Runs that are too long for JMH: ten million flows ({@link io.dsr.bench.scale.Scale}) and a flood
 * of SYNs ({@link io.dsr.bench.scale.SynFlood}). A build runs them at a hundredth, {@code -Plong}
 * in full.
 */
package io.dsr.bench.scale;
