package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Hashes the address that the client asks for into one of the {@link HashBuckets}, as {@code
 * ip_vs_dh.c} does, with what differs in {@link SourceHash}. Besides, the kernel deals one bucket
 * to each server whatever its weight, and refuses the flows of one that may take none; here they
 * are given another.
 *
 * <p>For services of many addresses: all flows of one address meet one server.
 *
 * <p>Kernel fast path: needs the buckets and the key, nothing that a packet changes.
 */
enum DestinationHash implements Scheduler {
  INSTANCE;

  @Override
  public Picker newPicker(Servers servers) {
    return HashBuckets.picker(servers, FlowPart.DESTINATION, true);
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("dh"));
  }

  @Override
  public String toString() {
    return "dh";
  }
}
