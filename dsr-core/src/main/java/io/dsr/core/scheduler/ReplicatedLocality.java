package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Sends the flows to one address to a small set of servers, for caches, as {@code ip_vs_lblcr.c}
 * does: the one of least {@link Overhead} for its weight in the set takes the flow. Once that has
 * more active flows than its weight, while some server has less than half, the server that {@link
 * WeightedLeastConnections} takes joins the set. A set that nobody joined or left for {@link
 * LocalityOptions#expiration} loses its most loaded server.
 *
 * <p>A set has at most eight servers, in the kernel any number; one more takes the place of the
 * most loaded. For the rest what is said of {@link LocalityLeastConnections} holds.
 *
 * <p>Kernel fast path: must hand a new flow up; it needs the table and all loads.
 */
record ReplicatedLocality(LocalityOptions options) implements Scheduler {

  private static final int MOST_MEMBERS = 8;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new SetEach(servers, new LocalLoad(servers, candidates), options);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(options.spec("lblcr"));
  }

  @Override
  public String toString() {
    return options.spec("lblcr").toString();
  }

  private static final class SetEach implements Picker {

    private final Servers servers;
    private final LocalLoad load;
    private final long expirationNanos;
    private final DestinationTable table;
    private final int[] members;
    private final int[] sizes;
    private final long[] changed;

    SetEach(Servers servers, LocalLoad load, LocalityOptions options) {
      this.servers = servers;
      this.load = load;
      this.expirationNanos = options.expiration().toNanos();
      this.table = new DestinationTable(options);
      this.members = new int[table.size() * MOST_MEMBERS];
      this.sizes = new int[table.size()];
      this.changed = new long[table.size()];
    }

    @Override
    public int pick(FlowView flow) {
      long now = servers.nowNanos();
      int entry = table.find(flow, now);
      int rank = choose(entry);
      if (entry == DestinationTable.UNKNOWN) {
        entry = table.claim(flow, now);
        sizes[entry] = 0;
      }
      table.touch(entry, now);
      if (sizes[entry] > 1 && now - changed[entry] > expirationNanos) {
        dropMostLoaded(entry, now);
      }
      join(entry, rank, now);
      return load.slot(rank);
    }

    @Override
    public int peek(FlowView flow) {
      return load.slot(choose(table.find(flow, servers.nowNanos())));
    }

    private int choose(int entry) {
      if (entry == DestinationTable.UNKNOWN) {
        return load.least();
      }
      int first = entry * MOST_MEMBERS;
      int least = members[first];
      for (int at = first + 1; at < first + sizes[entry]; at++) {
        least = load.less(members[at], least) ? members[at] : least;
      }
      return load.overloaded(least) ? load.least() : least;
    }

    private void join(int entry, int rank, long now) {
      int first = entry * MOST_MEMBERS;
      for (int at = first; at < first + sizes[entry]; at++) {
        if (members[at] == rank) {
          return;
        }
      }
      if (sizes[entry] == MOST_MEMBERS) {
        dropMostLoaded(entry, now);
      }
      members[first + sizes[entry]++] = rank;
      changed[entry] = now;
    }

    private void dropMostLoaded(int entry, long now) {
      int first = entry * MOST_MEMBERS;
      int last = first + sizes[entry] - 1;
      int most = first;
      for (int at = first + 1; at <= last; at++) {
        most = load.less(members[at], members[most]) ? most : at;
      }
      members[most] = members[last];
      sizes[entry]--;
      changed[entry] = now;
    }
  }
}
