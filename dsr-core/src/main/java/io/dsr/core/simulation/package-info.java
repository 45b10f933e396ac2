/**
 * A balancer without a network: frames in, verdicts and frames out. Begin with {@link
 * io.dsr.core.simulation.Simulator}.
 */
package io.dsr.core.simulation;
