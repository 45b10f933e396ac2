/**
 * The public API: {@link DsrBalancer} and its builder.
 *
 * <p>Behind it, and not exported: {@code ServiceControl} makes each change on the control thread
 * and publishes it to the {@code HostDatapath}, which has all that is the host's: a {@code Shard}
 * for each event loop, and a {@code InterfaceBinding} for each interface while {@code
 * InterfaceRegistry} has it. {@code InterfaceWatch}, {@code LossWatch} and {@code NeighbourEvents}
 * tell what happens there; {@code MaintenanceTask} is what is due from time to time. Frames go
 * through {@code channel} and {@code handler}, and never through here.
 */
package io.dsr.netty;
