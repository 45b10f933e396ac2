package io.dsr.core.snapshot;

import io.dsr.core.flow.StoredFlow;
import io.dsr.core.persistence.StoredEntry;
import java.net.InetAddress;

/** One record of a snapshot. Its server is named by its service and its address, not by a slot. */
public sealed interface SnapshotRecord {

  /** Returns the first key of the service, as {@link io.dsr.core.ServiceKey#toString} has it. */
  String service();

  /** Returns the server's own address. */
  InetAddress server();

  /**
   * A flow.
   *
   * @param flow its slot and generation say nothing
   */
  record Flow(StoredFlow flow, String service, InetAddress server) implements SnapshotRecord {}

  /**
   * A client that persistence remembers.
   *
   * @param entry its slot and generation say nothing
   */
  record Client(StoredEntry entry, String service, InetAddress server) implements SnapshotRecord {}
}
