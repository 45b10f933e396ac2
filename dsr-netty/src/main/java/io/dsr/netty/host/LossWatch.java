package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Reports lost frames, as {@link LossReports} says, and starved event loops. On a thread of its
 * own: the control thread may wait for a loop that has none.
 */
public final class LossWatch {

  private static final long STARVED_NANOS = Duration.ofMillis(500).toNanos();

  private final HostDatapath datapath;
  private final Consumer<BalancerEvent> listener;
  private final boolean[] starved;
  private final LossReports losses;

  /** Counts from now on. */
  public LossWatch(HostDatapath datapath, Consumer<BalancerEvent> listener) {
    this.datapath = datapath;
    this.listener = listener;
    this.starved = new boolean[datapath.shards().size()];
    this.losses = new LossReports(datapath.statistics());
    datapath.shards().forEach(Shard::watch);
  }

  /** Reports loops that were starved since the last look; once a second. */
  void look() {
    for (Shard shard : datapath.shards()) {
      if (shard.isWatched()) {
        look(shard);
      }
    }
  }

  private void look(Shard shard) {
    int number = shard.number();
    long overdue = Math.max(shard.overdueNanos(), shard.takeLongestOverdueNanos());
    if (overdue > STARVED_NANOS && !starved[number]) {
      starved[number] = true;
      listener.accept(new BalancerEvent.LoopStarved(number, Duration.ofNanos(overdue)));
    } else if (starved[number] && overdue <= STARVED_NANOS) {
      starved[number] = false;
      listener.accept(new BalancerEvent.LoopRecovered(number));
    }
  }

  /** Tells what was lost; once a second. */
  void count() {
    losses.count(datapath.statistics()).forEach(listener);
  }
}
