package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.Ticker;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Reports handlers of the embedding program that take long for a frame, or hold so many that
 * nothing is received, for each interface at most once a minute. Once a second, on the thread that
 * waits for nobody.
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
  private final class Link {
    private long seen;
    private long untold;
    private long longestNanos;
    private long received;
    private long dropped;
    private final Pause slow = new Pause();
    private final Pause held = new Pause();
  }

  /** When something was told last. */
  private final class Pause {
    private boolean told;
    private long nanos;

    /** Returns whether it may be told again, and takes note that it is. */
    boolean isOver() {
      long now = ticker.nanos();
      if (told && now - nanos < PAUSE_NANOS) {
        return false;
      }
      told = true;
      nanos = now;
      return true;
    }
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
    if (link.untold >= FEWEST && link.slow.isOver()) {
      listener.accept(
          new BalancerEvent.HandlersSlow(
              binding.link().name(),
              names(binding),
              link.untold,
              Duration.ofNanos(link.longestNanos)));
      link.untold = 0;
      link.longestNanos = 0;
    }
    lookForHeld(binding, link);
  }

  private void lookForHeld(InterfaceBinding binding, Link link) {
    long received = 0;
    long dropped = 0;
    int held = 0;
    for (PacketChannel channel : binding.channels()) {
      PacketStatistics counts = channel.statistics();
      received += counts.received();
      dropped += counts.kernelDrops();
      held += channel.heldFrames();
    }
    boolean deaf = dropped > link.dropped && received == link.received;
    link.received = received;
    link.dropped = dropped;
    if (deaf && held > 0 && link.held.isOver()) {
      listener.accept(new BalancerEvent.FramesHeld(binding.link().name(), names(binding), held));
    }
  }

  private static List<String> names(InterfaceBinding binding) {
    return UserHandlers.names(binding.channels().getFirst().pipeline());
  }
}
