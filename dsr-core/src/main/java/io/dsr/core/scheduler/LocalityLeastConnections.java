package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Sends all flows to one address to one server, for caches, as {@code ip_vs_lblc.c} does: a new
 * address is given the server that {@link WeightedLeastConnections} takes, and another such one
 * once its server has more active flows than its weight while some server has less than half.
 *
 * <p>What a picker remembers it forgets when the servers change, as each change makes new pickers;
 * the kernel keeps it. A table that is full gives up what was longest unused, also within the six
 * minutes for which the kernel would let it grow.
 *
 * <p>Kernel fast path: must hand a new flow up; it needs the table and all loads.
 */
record LocalityLeastConnections(LocalityOptions options) implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new OneEach(servers, new LocalLoad(servers, candidates), options);
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(options.spec("lblc"));
  }

  @Override
  public String toString() {
    return options.spec("lblc").toString();
  }

  private static final class OneEach implements Picker {

    private final Servers servers;
    private final LocalLoad load;
    private final DestinationTable table;
    private final int[] ranks;

    OneEach(Servers servers, LocalLoad load, LocalityOptions options) {
      this.servers = servers;
      this.load = load;
      this.table = new DestinationTable(options);
      this.ranks = new int[table.size()];
    }

    @Override
    public int pick(FlowView flow) {
      long now = servers.nowNanos();
      int entry = table.find(flow, now);
      int rank = choose(entry);
      if (entry == DestinationTable.UNKNOWN) {
        entry = table.claim(flow, now);
      }
      table.touch(entry, now);
      ranks[entry] = rank;
      return load.slot(rank);
    }

    @Override
    public int peek(FlowView flow) {
      return load.slot(choose(table.find(flow, servers.nowNanos())));
    }

    private int choose(int entry) {
      return entry == DestinationTable.UNKNOWN || load.overloaded(ranks[entry])
          ? load.least()
          : ranks[entry];
    }
  }
}
