/**
 * What a balancer remembers, as a file that a restart or another balancer can read. Begin with
 * {@link io.dsr.core.snapshot.SnapshotWriter}.
 */
package io.dsr.core.snapshot;
