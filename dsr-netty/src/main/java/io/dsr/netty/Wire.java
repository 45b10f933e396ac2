package io.dsr.netty;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.director.Plan;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Slots;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.packet.FanoutProgram;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import io.dsr.netty.handler.OwnAddresses;
import io.dsr.netty.handler.PcapWriter;
import io.dsr.netty.handler.VipSet;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that a balancer has of the host: its event loops, and its hold on the segment of each
 * interface. A segment may go and come back while the loops and their flows stay.
 *
 * <p>Opened, published to and closed on the control thread; what forwards runs on the event loops.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Wire implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long CLOSE_MILLISECONDS = 1_000;

  private final Settings settings;
  private final EventLoopGroup loops;
  private final NeighbourResolver resolver;
  private final Segment.Parts parts;
  private final AtomicReferenceArray<String> names;
  private final AtomicReferenceArray<@Nullable Segment> segments;

  /** What was counted of segments that have gone, by number. */
  private final AtomicReferenceArray<@Nullable InterfaceStatistics> past;

  /** Each interface as it was last seen, by number. */
  private final List<NetworkLink> links = new ArrayList<>();

  /** What the first event loop has to tick: replaced as a whole. */
  private volatile List<Segment> ticking = List.of();

  private Membership membership;
  private boolean announced;
  private @Nullable PcapWriter capture;

  private Wire(Settings settings, Slots slots, List<LoadWatch> loads, NeighbourListener listener) {
    this.settings = settings;
    this.membership = Membership.empty(slots, settings.ticker());
    this.resolver = new NeighbourResolver(slots, settings.neighbourTimings(), listener);
    int interfaces = settings.interfaces().size();
    this.names = new AtomicReferenceArray<>(interfaces);
    for (int number = 0; number < interfaces; number++) {
      names.set(number, settings.interfaces().get(number).name());
    }
    this.segments = new AtomicReferenceArray<>(interfaces);
    this.past = new AtomicReferenceArray<>(interfaces);
    this.loops =
        new MultiThreadIoEventLoopGroup(
            loads.size(),
            new DefaultThreadFactory("dsr-" + names.get(0), true),
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
            FanoutProgram.byClient(shards.size()),
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
    } catch (Exception e) {
      wire.close();
      throw e;
    }
  }

  private void begin() throws Exception {
    LoopPinning.pin(parts.shards(), settings.cpus());
    for (int number = 0; number < segments.length(); number++) {
      NetworkLink link = SegmentChecks.link(names.get(number));
      links.add(link);
      segments.set(number, open(number, link));
    }
    tellLoops();
    for (Shard shard : parts.shards()) {
      shard.begin(shard.number() == 0 ? this::tick : () -> {});
    }
  }

  private Segment open(int number, NetworkLink link) throws Exception {
    return Segment.open(
        parts,
        link,
        settings.interfaces().get(number).facesClients(),
        resolver.on(number),
        settings.hostSilence());
  }

  /** Ends or begins the use of interfaces on all loops, as {@link #segments} stands. */
  private void tellLoops() throws Exception {
    long[] macs = new long[segments.length()];
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
    ticking = attached();
  }

  private List<Segment> attached() {
    List<Segment> attached = new ArrayList<>();
    for (int number = 0; number < segments.length(); number++) {
      Segment segment = segments.get(number);
      if (segment != null) {
        attached.add(segment);
      }
    }
    return attached;
  }

  /** On the first event loop. */
  private void tick() {
    resolver.tick(settings.ticker().nanos());
    ticking.forEach(Segment::tick);
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
    return names.length();
  }

  /** Returns the name of an interface as it is now. */
  String name(int number) {
    return names.get(number);
  }

  /** Returns the segment of an interface by its number, or null while it is gone. */
  @Nullable Segment segment(int number) {
    return segments.get(number);
  }

  /** Takes note of an interface's new name. */
  void renamed(int number, String name) {
    names.set(number, name);
  }

  /** Looks at the interfaces' addresses again, which have changed. */
  void refresh() throws Exception {
    look();
    findServers(membership);
    for (Segment segment : attached()) {
      segment.answer(membership.vipPrefixes(), own(segment));
    }
  }

  /** Lets go of an interface that is gone; its servers take no new flows. */
  void detach(int number) throws Exception {
    Segment segment = segments.get(number);
    if (segment != null) {
      segments.set(number, null);
      tellLoops();
      segment.close();
      past.set(number, statistics(number, segment));
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
    NetworkLink link = SegmentChecks.link(names.get(number));
    Segment segment = open(number, link);
    try {
      PcapWriter writer = capture;
      if (writer != null) {
        segment.startCapture(writer);
      }
      segment.widen(Set.of(), membership.vipPrefixes());
    } catch (Exception e) {
      segment.close();
      throw e;
    }
    links.set(number, link);
    segments.set(number, segment);
    tellLoops();
    segment.answer(membership.vipPrefixes(), own(segment));
    findServers(membership);
    segment.askForServers();
    if (announced) {
      segment.announce();
    }
  }

  /**
   * Brings host, channels and handlers from one membership to the next. A VIP that comes is
   * silenced and joined before it is answered for; one that goes is given up in the opposite order.
   */
  void publish(Membership before, Membership after, List<Plan> plans) throws Exception {
    // Not refused while an interface is down: news of servers that are lost meanwhile come once.
    look();
    SegmentChecks.servers(links, before, after);
    SegmentChecks.apart(before, after);
    Set<IpPrefix> vips = after.vipPrefixes();
    boolean moved = !vips.equals(before.vipPrefixes());
    if (moved) {
      for (NetworkLink link : links) {
        SegmentChecks.vips(link, before.vipPrefixes(), vips);
      }
      widen(before.vipPrefixes(), vips);
    }
    takeOver(before, after, plans);
    membership = after;
    if (moved) {
      attached().forEach(segment -> segment.narrow(vips));
      tellOfRouting(before.vipPrefixes(), vips);
    }
  }

  /** Looks what addresses the interfaces have; one that is gone keeps those that it had. */
  private void look() throws IOException {
    for (int number = 0; number < links.size(); number++) {
      try {
        links.set(number, NetworkLink.byName(names.get(number)));
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENODEV) {
          throw e;
        }
      }
    }
  }

  private void widen(Set<IpPrefix> before, Set<IpPrefix> after) throws Exception {
    List<Segment> widened = new ArrayList<>();
    try {
      for (Segment segment : attached()) {
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

  /** All that forwarding sees changes here; on each event loop between two batches. */
  private void takeOver(Membership before, Membership after, List<Plan> plans) throws Exception {
    Set<Integer> known = new HashSet<>();
    members(before).forEach(member -> known.add(holder(member)));
    List<Integer> fresh =
        members(after).filter(member -> !known.contains(holder(member))).map(Member::slot).toList();
    findServers(after); // slots have their addresses before a plan leads to them
    for (Shard shard : parts.shards()) {
      shard.plan(plans.get(shard.number()), fresh);
    }
    for (Segment segment : attached()) {
      segment.answer(after.vipPrefixes(), own(segment));
    }
  }

  private void findServers(Membership of) throws Exception {
    Map<InetAddress, int[]> slots = slotsByAddress(of);
    Map<InetAddress, Integer> where = new HashMap<>();
    for (InetAddress server : slots.keySet()) {
      where.put(server, SegmentChecks.linksOf(server, links));
    }
    parts
        .shards()
        .getFirst()
        .run(() ->
            resolver.servers(
                slots, server -> where.getOrDefault(server, 0), settings.ticker().nanos()));
  }

  private OwnAddresses own(Segment segment) {
    NetworkLink current =
        links.stream()
            .filter(link -> link.index() == segment.link().index())
            .findFirst()
            .orElse(segment.link());
    Set<Long> macs = new HashSet<>();
    attached().forEach(each -> macs.add(each.link().hardwareAddress()));
    return SegmentChecks.own(current, macs);
  }

  private void tellOfRouting(Set<IpPrefix> before, Set<IpPrefix> after) {
    for (IpPrefix vip : after) {
      if (VipSet.isTooLargeToAnnounce(vip) && !before.contains(vip)) {
        LOG.info(
            "{}: {} has more than {} VIPs and is not announced (expected: a route to it by way of"
                + " this host, on the router)",
            names.get(0),
            vip,
            VipSet.MOST_ANNOUNCED);
      }
    }
  }

  private static Stream<Member> members(Membership membership) {
    return membership.services().stream().flatMap(service -> service.members().stream());
  }

  private static int holder(Member member) {
    return (member.slot() << 16) | member.generation();
  }

  private static Map<InetAddress, int[]> slotsByAddress(Membership membership) {
    Map<InetAddress, int[]> slots = new HashMap<>();
    members(membership)
        .forEach(member ->
            slots.merge(
                member.address(),
                new int[] {member.slot()},
                (held, more) ->
                    IntStream.concat(IntStream.of(held), IntStream.of(more)).toArray()));
    return slots;
  }

  void announce() throws Exception {
    announced = true;
    for (Segment segment : attached()) {
      segment.announce();
    }
  }

  void startCapture(Path file) throws Exception {
    if (capture != null) {
      throw new IllegalStateException("a capture runs already (expected: stop it first)");
    }
    PcapWriter writer = new PcapWriter(file, InstantSource.system());
    capture = writer;
    for (Segment segment : attached()) {
      segment.startCapture(writer);
    }
  }

  void stopCapture() throws Exception {
    PcapWriter writer = capture;
    if (writer != null) {
      capture = null;
      for (Segment segment : attached()) {
        segment.stopCapture();
      }
      writer.close();
      writer.awaitClosed(CLOSE_MILLISECONDS);
    }
  }

  /** Returns what was counted of each interface, of one that is gone none. Any thread. */
  List<InterfaceStatistics> statistics() {
    List<InterfaceStatistics> all = new ArrayList<>();
    for (int number = 0; number < segments.length(); number++) {
      all.add(statistics(number, segments.get(number)));
    }
    return all;
  }

  /** Returns what was counted of an interface: by the segment, and by those before it. */
  private InterfaceStatistics statistics(int number, @Nullable Segment segment) {
    List<PacketStatistics> counts =
        segment == null
            ? List.of()
            : segment.channels().stream().map(PacketChannel::statistics).toList();
    var now =
        new InterfaceStatistics(
            names.get(number),
            segments.get(number) != null,
            counts.stream().map(PacketStatistics::kernelFrames).toList(),
            counts.stream().mapToLong(PacketStatistics::kernelDrops).sum(),
            counts.stream().mapToLong(PacketStatistics::sent).sum(),
            counts.stream().mapToLong(each -> each.sendErrors().total()).sum());
    InterfaceStatistics before = past.get(number);
    return before == null ? now : now.plus(before);
  }

  /** Lets go of everything. */
  @Override
  public void close() {
    try {
      attached().forEach(Segment::close);
      parts.shards().forEach(Shard::close);
      PcapWriter writer = capture;
      if (writer != null) {
        writer.close();
        writer.awaitClosed(CLOSE_MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
