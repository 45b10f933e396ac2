package io.dsr.netty;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.director.Plan;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Slots;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.packet.FanoutProgram;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.OwnAddresses;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All that a balancer has of the host: its event loops, and its hold on the segment of each
 * interface, which may go and come back while the loops and their flows stay.
 *
 * <p>Opened, published to and closed on the control thread; what forwards runs on the event loops.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Wire implements AutoCloseable {

  // Leading bits of a client's address that choose its loop: what is one source by default.
  private static final int IPV4_CLIENT = 32;
  private static final int IPV6_CLIENT = 64;

  private final Settings settings;
  private final EventLoopGroup loops;
  private final ServerSearch search;
  private final Segment.Parts parts;
  private final RunningCapture capture = new RunningCapture();
  private final KnownLinks links;
  private final Holds segments;

  /** What the first event loop has to tick: replaced as a whole. */
  private volatile List<Segment> ticking = List.of();

  private Membership membership;
  private List<Plan> published = List.of();
  private boolean announced;

  private Wire(Settings settings, Slots slots, List<LoadWatch> loads, NeighbourListener listener) {
    this.settings = settings;
    this.membership = Membership.empty(slots, settings.ticker());
    this.search = new ServerSearch(settings, slots, listener);
    this.links = new KnownLinks(settings.interfaces());
    this.segments = new Holds(links.count());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            loads.size(),
            new DefaultThreadFactory("dsr-" + links.name(0), true),
            EpollIoHandler.newFactory());
    List<Shard> shards = new ArrayList<>();
    var limits = settings.limits().share(loads.size());
    for (LoadWatch load : loads) {
      var loop = loops.next();
      shards.add(new Shard(shards.size(), loop, slots, load, limits, settings.ticker()));
    }
    this.parts =
        new Segment.Parts(
            shards,
            FanoutProgram.byClient(shards.size(), IPV4_CLIENT, IPV6_CLIENT),
            settings.reception(),
            listener,
            settings.pipeline(),
            settings.ticker());
  }

  /**
   * Opens a hold on every interface; nothing is answered or forwarded before the first {@link
   * #publish}.
   *
   * @throws IOException if an interface is missing, down or not Ethernet, or the kernel refuses
   */
  static Wire open(
      Settings settings, Slots slots, List<LoadWatch> loads, NeighbourListener listener)
      throws Exception {
    DsrBalancer.ensureAvailability();
    for (Interface each : settings.interfaces()) {
      SegmentChecks.link(each.name());
    }
    var wire = new Wire(settings, slots, loads, listener);
    try {
      wire.begin();
      return wire;
    } catch (Exception | Error e) {
      wire.close();
      throw e;
    }
  }

  private void begin() throws Exception {
    LoopThreads.pin(parts.shards(), settings.cpus());
    LoopThreads.slice(parts.shards(), settings.timeSlice());
    for (int number = 0; number < segments.size(); number++) {
      NetworkLink link = SegmentChecks.link(links.name(number));
      links.seen(number, link);
      segments.attach(number, open(number, link));
    }
    tellLoops();
    for (Shard shard : parts.shards()) {
      shard.begin(shard.number() == 0 ? this::tick : () -> Long.MAX_VALUE);
    }
  }

  private Segment open(int number, NetworkLink link) throws Exception {
    return Segment.open(
        parts,
        link,
        settings.interfaces().get(number).facesClients(),
        search.on(number),
        settings.hostSilence());
  }

  /** Ends or begins the use of interfaces on all loops, as {@link #segments} stands. */
  private void tellLoops() throws Exception {
    long[] macs = new long[segments.size()];
    for (int number = 0; number < macs.length; number++) {
      Segment segment = segments.get(number);
      macs[number] = segment == null ? -1 : segment.link().hardwareAddress();
    }
    for (Shard shard : parts.shards()) {
      var channels = new @Nullable PacketChannel[macs.length];
      for (int number = 0; number < macs.length; number++) {
        Segment segment = segments.get(number);
        channels[number] = segment == null ? null : segment.channels().get(shard.number());
      }
      shard.links(channels, macs);
    }
    ticking = segments.attached();
  }

  /** On the first event loop. */
  private long tick() {
    long quiet = search.tick();
    for (Segment segment : ticking) {
      quiet = Math.min(quiet, segment.tick());
    }
    return quiet;
  }

  List<Shard> shards() {
    return parts.shards();
  }

  /** Returns the number of the event loop that gets a client's frames. */
  int loopOf(InetAddress client) {
    return parts.fanout().socketOf(client);
  }

  /** Returns how many interfaces there are; their numbers begin with 0. */
  int interfaces() {
    return links.count();
  }

  /** Returns the name of an interface as it is now. */
  String name(int number) {
    return links.name(number);
  }

  /** Returns the segment of an interface by its number, or null while it is gone. */
  @Nullable Segment segment(int number) {
    return segments.get(number);
  }

  /** Takes note of an interface's new name. */
  void renamed(int number, String name) {
    links.name(number, name);
  }

  /** Looks at the interfaces' addresses again, which have changed. */
  void refresh() throws Exception {
    links.look();
    search.find(membership, links.all(), parts.shards().getFirst());
    for (Segment segment : segments.attached()) {
      segment.answer(membership.vipPrefixes(), own(segment));
    }
  }

  /** Announces the VIPs on an interface that has come up, and asks for the servers there. */
  void announce(int number) throws Exception {
    Segment segment = segments.get(number);
    if (segment != null) {
      segment.askForServers();
      if (announced) {
        segment.announce();
      }
    }
  }

  /** Returns the index that an interface had when it was last seen. */
  int seenIndex(int number) {
    return links.all().get(number).index();
  }

  /** Lets go of an interface that is gone; its servers take no new flows. */
  void detach(int number) throws Exception {
    Segment segment = segments.get(number);
    if (segment != null) {
      segments.leave(number);
      try {
        tellLoops();
      } finally {
        try {
          segment.close();
        } finally {
          segments.left(number, links.name(number));
        }
      }
    }
  }

  /**
   * Takes an interface, if it has none, and answers on it for what was published last.
   *
   * @throws IOException if it is missing, down or not Ethernet, or the kernel refuses
   */
  void attach(int number) throws Exception {
    if (segments.get(number) != null) {
      return;
    }
    NetworkLink link = SegmentChecks.link(links.name(number));
    Segment segment = open(number, link);
    try {
      capture.join(segment);
      segment.widen(Set.of(), membership.vipPrefixes());
    } catch (Exception e) {
      segment.close();
      throw e;
    }
    links.seen(number, link);
    segments.attach(number, segment);
    try {
      begin(segment);
    } catch (Exception e) {
      detach(number);
      throw e;
    }
  }

  private void begin(Segment fresh) throws Exception {
    tellLoops();
    for (Segment segment : segments.attached()) { // each must know all of our MAC addresses
      segment.answer(membership.vipPrefixes(), own(segment));
    }
    search.find(membership, links.all(), parts.shards().getFirst());
    fresh.askForServers();
    if (announced) {
      fresh.announce();
    }
  }

  /**
   * Brings host, channels and handlers from one membership to the next. A VIP that comes is
   * silenced and joined before it is answered for; one that goes is given up in the opposite order.
   */
  void publish(Membership before, Membership after, List<Plan> plans) throws Exception {
    // Not refused while an interface is down: news of servers that are lost meanwhile come once.
    links.look();
    SegmentChecks.servers(links.all(), before, after);
    SegmentChecks.apart(before, after);
    Set<IpPrefix> vips = after.vipPrefixes();
    boolean moved = !vips.equals(before.vipPrefixes());
    if (moved) {
      for (NetworkLink link : links.all()) {
        SegmentChecks.vips(link, before.vipPrefixes(), vips);
      }
      widen(before.vipPrefixes(), vips);
    }
    try {
      takeOver(before, after, plans);
    } catch (Exception | Error e) {
      takeBack(before, after, e);
      throw e;
    }
    membership = after;
    published = plans;
    if (moved) {
      segments.attached().forEach(segment -> segment.narrow(vips));
      SegmentChecks.tellOfRouting(links.name(0), before.vipPrefixes(), vips);
    }
  }

  private void widen(Set<IpPrefix> before, Set<IpPrefix> after) throws Exception {
    List<Segment> widened = new ArrayList<>();
    try {
      for (Segment segment : segments.attached()) {
        segment.widen(before, after);
        widened.add(segment);
      }
    } catch (Exception e) {
      for (Segment segment : widened) {
        segment.widen(before, before);
        segment.narrow(before);
      }
      throw e;
    }
  }

  /** Makes all as it was before a change that failed half-way, as far as that is possible. */
  private void takeBack(Membership before, Membership after, Throwable why) {
    try {
      if (!published.isEmpty()) {
        takeOver(/* before= */ after, /* after= */ before, published);
      }
      for (Segment segment : segments.attached()) {
        segment.widen(before.vipPrefixes(), before.vipPrefixes());
        segment.narrow(before.vipPrefixes());
      }
    } catch (Exception | Error e) {
      why.addSuppressed(e);
    }
  }

  /** All that forwarding sees changes here; on each event loop between two batches. */
  private void takeOver(Membership before, Membership after, List<Plan> plans) throws Exception {
    List<Integer> fresh = ServerSearch.freshSlots(before, after);
    // Slots have their addresses before a plan leads to them.
    search.find(after, links.all(), parts.shards().getFirst());
    for (Shard shard : parts.shards()) {
      shard.plan(plans.get(shard.number()), fresh);
    }
    for (Segment segment : segments.attached()) {
      segment.answer(after.vipPrefixes(), own(segment));
    }
  }

  private OwnAddresses own(Segment segment) {
    Set<Long> macs = new HashSet<>();
    segments.attached().forEach(each -> macs.add(each.link().hardwareAddress()));
    return links.own(segment.link(), macs);
  }

  void announce() throws Exception {
    announced = true;
    for (Segment segment : segments.attached()) {
      segment.announce();
    }
  }

  void startCapture(Path file) throws Exception {
    capture.start(file, segments.attached());
  }

  void stopCapture() throws Exception {
    capture.stop(segments.attached());
  }

  /** Returns what was counted of each interface, of one that is gone none. Any thread. */
  List<InterfaceStatistics> statistics() {
    List<InterfaceStatistics> all = new ArrayList<>();
    for (int number = 0; number < segments.size(); number++) {
      all.add(segments.counts(number, links.name(number)));
    }
    return all;
  }

  /** Returns what did not fit what the loops remember, persistence apart. Any thread. */
  TableStatistics tables() {
    long evicted = 0;
    long untracked = 0;
    for (Shard shard : parts.shards()) {
      evicted += shard.director().evicted();
      untracked += shard.director().untracked();
    }
    return new TableStatistics(evicted, untracked, 0, capture.uncaptured());
  }

  /** Lets go of everything. */
  @Override
  public void close() {
    try {
      segments.attached().forEach(Segment::close);
      parts.shards().forEach(Shard::close);
      capture.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
