package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.Ticker;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
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

  private final HostDatapath datapath;
  private final HandlerReports reports;
  private final List<Link> links = new ArrayList<>();
  private final LongAdder slowFrames = new LongAdder();

  /** What is known of one interface. */
  private static final class Link {
    private final HandlerReports.Told told = new HandlerReports.Told();
    private long seen;
    private long received;
    private long dropped;
  }

  /** Creates a watch that counts from now on. */
  public HandlerWatch(HostDatapath datapath, Ticker ticker, Consumer<BalancerEvent> listener) {
    this.datapath = datapath;
    this.reports = new HandlerReports(ticker, listener);
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
    long longest = 0;
    for (PacketChannel channel : binding.channels()) {
      slow += channel.slowFrames();
      longest = Math.max(longest, channel.takeLongestFrameNanos());
    }
    long more = slow < link.seen ? slow : slow - link.seen; // fewer: the interface was reopened
    link.seen = slow;
    List<String> handlers = names(binding);
    if (!handlers.isEmpty()) { // else it was the balancer itself, on a CPU that it lost
      slowFrames.add(more);
      reports.slow(binding.link().name(), handlers, more, longest, link.told);
    }
    lookForHeld(binding, handlers, link);
  }

  private void lookForHeld(InterfaceBinding binding, List<String> handlers, Link link) {
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
    if (deaf && !handlers.isEmpty()) {
      reports.held(binding.link().name(), handlers, held, link.told);
    }
  }

  private static List<String> names(InterfaceBinding binding) {
    return UserHandlers.names(binding.channels().getFirst().pipeline());
  }
}
