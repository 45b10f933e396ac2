package io.dsr.netty;

import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.inspect.Inspection;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.snapshot.SnapshotReader;
import io.dsr.core.snapshot.SnapshotRecord;
import io.dsr.netty.host.HostDatapath;
import io.dsr.netty.host.Shard;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a snapshot holds to the event loops and to the persistence tables: flows whose
 * services and servers there are, each on the loop that gets its client's frames. One thread, which
 * waits for the loops; they forward in between.
 */
final class SnapshotImport {

  /** Flows that are restored while frames wait. */
  private static final int FLOWS_A_TASK = 512;

  private final HostDatapath datapath;
  private final SlotDirectory slotDirectory;
  private final Map<ServiceKey, PersistenceTable> tables;
  private final Map<String, ServiceKey> services = new HashMap<>();
  private final Set<String> others = new HashSet<>();
  private final List<List<StoredFlow>> waiting = new ArrayList<>();
  private long restored;

  SnapshotImport(ServiceControl control, HostDatapath datapath) {
    this.datapath = datapath;
    this.slotDirectory = control.slotDirectory();
    this.tables = control.persistenceTables();
    for (int slot : slotDirectory.slots()) {
      ServiceKey key = slotDirectory.service(slot);
      if (key != null) {
        services.put(key.toString(), key);
      }
    }
    datapath.shards().forEach(shard -> waiting.add(new ArrayList<>()));
  }

  /**
   * Reads a file, and returns how many of its records are remembered again.
   *
   * @throws IOException if it is no whole snapshot; the message has its name
   */
  long run(Path file) throws Exception {
    try (var reader = new SnapshotReader(file)) {
      for (SnapshotRecord record = reader.next(); record != null; record = reader.next()) {
        take(record);
      }
      for (int loop = 0; loop < waiting.size(); loop++) {
        restore(loop);
      }
    } catch (IllegalArgumentException e) { // a record is whole, but no balancer wrote it
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
    return restored;
  }

  private void take(SnapshotRecord record) throws Exception {
    ServiceKey key = service(record.service());
    Member member = key == null ? null : slotDirectory.member(key, record.server());
    if (key == null || member == null || member.isRemoved()) {
      return;
    }
    switch (record) {
      case SnapshotRecord.Flow of -> {
        int loop = datapath.loopOf(client(of.flow()));
        waiting.get(loop).add(of.flow().server(member.slot(), member.generation()));
        if (waiting.get(loop).size() == FLOWS_A_TASK) {
          restore(loop);
        }
      }
      case SnapshotRecord.Client of -> {
        @Nullable PersistenceTable table = tables.get(key);
        boolean taken =
            table != null && table.restore(of.entry().server(member.slot(), member.generation()));
        restored += taken ? 1 : 0;
      }
    }
  }

  /** Returns the service of a name, which may have been written in other letters, or null. */
  private @Nullable ServiceKey service(String name) {
    ServiceKey known = services.get(name);
    if (known != null || others.contains(name)) {
      return known;
    }
    try {
      ServiceKey key = services.get(ServiceKey.parse(name).toString());
      if (key != null) {
        services.put(name, key);
        return key;
      }
    } catch (IllegalArgumentException e) {
      // It is none of ours.
    }
    others.add(name);
    return null;
  }

  private void restore(int loop) throws Exception {
    List<StoredFlow> flows = waiting.get(loop);
    Shard shard = datapath.shards().get(loop);
    restored +=
        shard.call(() -> flows.stream().filter(new Inspection(shard.director())::restore).count());
    flows.clear();
  }

  private static InetAddress client(StoredFlow flow) {
    ByteBuffer octets = ByteBuffer.allocate(flow.ipv6() ? 16 : 4);
    if (flow.ipv6()) {
      octets.putLong(flow.sourceHigh()).putLong(flow.sourceLow());
    } else {
      octets.putInt((int) flow.sourceLow());
    }
    return IpPrefix.address(octets.array());
  }
}
