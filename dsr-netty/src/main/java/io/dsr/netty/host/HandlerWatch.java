package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.Ticker;
import io.dsr.netty.channel.PacketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Reports handlers of the embedding program that take long for a frame, for each interface at most
 * once a minute. Once a second, on the thread that waits for nobody.
 */
public final class HandlerWatch {

  /** A loop that lost its CPU for a moment is no slow handler yet. */
  private static final long FEWEST = 3;

  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final HostDatapath datapath;
  private final Ticker ticker;
  private final Consumer<BalancerEvent> listener;
  private final List<Link> links = new ArrayList<>();
  private final LongAdder slowFrames = new LongAdder();

  /** What is known of one interface. */
  private static final class Link {
    private long seen;
    private long untold;
    private long longestNanos;
    private boolean told;
    private long toldNanos;
  }

  /** Creates a watch that counts from now on. */
  public HandlerWatch(HostDatapath datapath, Ticker ticker, Consumer<BalancerEvent> listener) {
    this.datapath = datapath;
    this.ticker = ticker;
    this.listener = listener;
    for (int number = 0; number < datapath.interfaces(); number++) {
      links.add(new Link());
    }
  }

  /** Returns how many frames handlers took long for, as of the last look. Any thread. */
  public long slowFrames() {
    return slowFrames.sum();
  }

  void look() {
    for (int number = 0; number < links.size(); number++) {
      InterfaceBinding binding = datapath.binding(number);
      if (binding != null) {
        look(binding, links.get(number));
      }
    }
  }

  private void look(InterfaceBinding binding, Link link) {
    long slow = 0;
    for (PacketChannel channel : binding.channels()) {
      slow += channel.slowFrames();
      link.longestNanos = Math.max(link.longestNanos, channel.takeLongestFrameNanos());
    }
    long more = slow < link.seen ? slow : slow - link.seen; // fewer: the interface was reopened
    link.seen = slow;
    link.untold += more;
    slowFrames.add(more);
    boolean paused = link.told && ticker.nanos() - link.toldNanos < PAUSE_NANOS;
    if (link.untold >= FEWEST && !paused) {
      listener.accept(
          new BalancerEvent.HandlersSlow(
              binding.link().name(),
              UserHandlers.names(binding.channels().getFirst().pipeline()),
              link.untold,
              Duration.ofNanos(link.longestNanos)));
      link.told = true;
      link.toldNanos = ticker.nanos();
      link.untold = 0;
      link.longestNanos = 0;
    }
  }
}
