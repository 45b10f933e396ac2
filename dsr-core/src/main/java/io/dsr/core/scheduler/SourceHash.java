package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Hashes the client into one of 256 buckets, each of which belongs to a server, as {@code
 * ip_vs_sh.c} does; see {@link HashBuckets}.
 *
 * <p>What differs from the kernel:
 *
 * <ul>
 *   <li>The kernel deals {@code weight} buckets in a row, so a first server of weight 256 has them
 *       all. Where the weights have no common divisor and one round fits, both deal alike, and cut
 *       the last round short to the first servers' favor.
 *   <li>A server of configured weight 0 has no bucket; in the kernel it has one a round. A server
 *       that only may take no flow just now keeps its buckets, so nobody else's clients move.
 *   <li>More than 256 servers get more buckets.
 *   <li>The hash is keyed and the servers are in the order of their addresses: a kernel's client
 *       meets another server here.
 *   <li>Where 255 rehashed offsets all lead to servers that may take no flow, the next bucket of
 *       one that may is taken: with fallback, no client is refused while any server works.
 * </ul>
 *
 * <p>Kernel fast path: needs the buckets and the key, nothing that a packet changes.
 */
record SourceHash(SourceHashOptions options) implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    return HashBuckets.picker(servers, FlowPart.source(options.sourcePort()), options.fallback());
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    var spec = SchedulerSpec.of("sh");
    spec = options.fallback() ? spec.flag("sh-fallback") : spec;
    return Optional.of(options.sourcePort() ? spec.flag("sh-port") : spec);
  }

  @Override
  public String toString() {
    return spec().orElseThrow().toString();
  }
}
