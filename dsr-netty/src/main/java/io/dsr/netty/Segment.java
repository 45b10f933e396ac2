package io.dsr.netty;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.director.Director;
import io.dsr.core.director.Plan;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.packet.PacketFilter;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.channel.PacketAddress;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketChannelOption;
import io.dsr.netty.channel.PacketStatistics;
import io.dsr.netty.handler.ArpHandler;
import io.dsr.netty.handler.CaptureHandler;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.EchoHandler;
import io.dsr.netty.handler.NeighbourDiscoveryHandler;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import io.dsr.netty.handler.OwnAddresses;
import io.dsr.netty.handler.PcapWriter;
import io.dsr.netty.handler.UnwantedFrames;
import io.dsr.netty.handler.VipSet;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A balancer's hold on one segment: the packet channel with its handlers, the silence of the host,
 * the group memberships of its virtual IPs.
 *
 * <p>Opened, published to and closed on the control thread; what forwards runs on the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
final class Segment implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);
  private static final long TICK_MILLISECONDS = 100;
  private static final long CLOSE_MILLISECONDS = 1_000;

  private final Settings settings;
  private final NetworkLink link;
  private final ServerCounters counters;
  private final NeighbourResolver resolver;
  private final Director director;
  private final DirectorHandler directorHandler;
  private final ArpHandler arp;
  private final NeighbourDiscoveryHandler discovery;
  private final EchoHandler echo;
  private final VipGroups groups;
  private final Silence silencer;
  private final EventLoopGroup loops;
  private final PacketChannel channel;

  private @Nullable PcapWriter capture;

  private Segment(
      Settings settings,
      NetworkLink link,
      ServerCounters counters,
      NeighbourResolver resolver,
      Director director,
      Silence silencer,
      NeighbourListener listener) {
    this.settings = settings;
    this.link = link;
    this.counters = counters;
    this.resolver = resolver;
    this.director = director;
    this.silencer = silencer;
    long mac = link.hardwareAddress();
    this.directorHandler = new DirectorHandler(director, settings.ticker());
    this.arp = new ArpHandler(mac, resolver, listener, settings.ticker());
    this.discovery = new NeighbourDiscoveryHandler(mac, resolver, listener, settings.ticker());
    this.echo = new EchoHandler(mac);
    this.groups = new VipGroups(link.index());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("dsr-" + link.name(), true), EpollIoHandler.newFactory());
    this.channel = new PacketChannel();
  }

  /**
   * Opens a hold on the interface; nothing is answered or forwarded before the first {@link
   * #publish}.
   *
   * @throws IOException if the interface is missing, down or not Ethernet, or the kernel refuses
   */
  static Segment open(Settings settings, Slots slots, LoadWatch load, NeighbourListener listener)
      throws Exception {
    DsrBalancer.ensureAvailability();
    NetworkLink link = SegmentChecks.link(settings.networkInterface());
    var director =
        new Director(
            slots, load, link.hardwareAddress(), settings.limits(), settings.ticker().nanos());
    var resolver = new NeighbourResolver(slots, settings.neighbourTimings(), listener);
    Silence silencer = SilenceChoice.open(settings.hostSilence(), link);
    Segment segment = null;
    try {
      segment =
          new Segment(settings, link, load.counters(), resolver, director, silencer, listener);
      segment.bind();
      return segment;
    } catch (Exception e) {
      if (segment == null) {
        silencer.close();
      } else {
        segment.close();
      }
      throw e;
    }
  }

  private void bind() throws Exception {
    channel.config().setOption(PacketChannelOption.FILTER, PacketFilter.nothing());
    channel.pipeline().addLast(DirectorHandler.NAME, directorHandler);
    channel.pipeline().addLast(ArpHandler.NAME, arp);
    channel.pipeline().addLast(NeighbourDiscoveryHandler.NAME, discovery);
    channel.pipeline().addLast(EchoHandler.NAME, echo);
    channel.pipeline().addLast(UnwantedFrames.NAME, new UnwantedFrames());
    loops.register(channel).sync();
    onLoop(() -> settings.pipeline().accept(channel.pipeline()));
    channel.bind(new PacketAddress(link.index())).sync();
    channel
        .eventLoop()
        .scheduleWithFixedDelay(
            this::tick, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  // A timer that throws runs no more: the flows would never expire, the servers never be asked.
  private void tick() {
    try {
      directorHandler.tick();
      resolver.tick(settings.ticker().nanos());
      arp.tick();
      discovery.tick();
    } catch (RuntimeException e) {
      LOG.warn("{}: what is due in between frames failed", link.name(), e);
    }
  }

  Director director() {
    return director;
  }

  /**
   * Brings host, channel and handlers from one membership to the next. A VIP that comes is silenced
   * and joined before it is answered for; one that goes is given up in the opposite order.
   */
  void publish(Membership before, Membership after, Plan plan) throws Exception {
    // Not refused while the interface is down: news of servers that are lost meanwhile come once.
    NetworkLink current = NetworkLink.byName(link.name());
    SegmentChecks.servers(current, before, after);
    SegmentChecks.apart(before, after);
    Set<IpPrefix> vips = after.vipPrefixes();
    boolean moved = !vips.equals(before.vipPrefixes());
    if (moved) {
      SegmentChecks.vips(current, before.vipPrefixes(), vips);
      widen(before.vipPrefixes(), vips);
    }
    onLoop(() -> takeOver(SegmentChecks.own(current), before, after, plan));
    if (moved) {
      narrow(vips);
      tellOfRouting(before.vipPrefixes(), vips);
    }
  }

  // The change is in force by now: what is left of a VIP that went is no reason to take it back.
  private void narrow(Set<IpPrefix> vips) {
    try {
      silencer.vips(vips);
      groups.join(vips);
    } catch (LinuxException e) {
      LOG.warn("{}: a VIP that was given up is still silenced", link.name(), e);
    }
  }

  private void widen(Set<IpPrefix> before, Set<IpPrefix> after) throws Exception {
    Set<IpPrefix> both = new HashSet<>(before);
    both.addAll(after);
    try {
      silencer.vips(both);
      groups.join(both);
      filter(after);
    } catch (Exception e) {
      filter(before);
      groups.join(before);
      silencer.vips(before);
      throw e;
    }
  }

  private void filter(Set<IpPrefix> vips) {
    PacketFilter filter = PacketFilter.ofPrefixes(Silence.kernel(vips));
    channel.config().setOption(PacketChannelOption.FILTER, filter);
  }

  private void tellOfRouting(Set<IpPrefix> before, Set<IpPrefix> after) {
    for (IpPrefix vip : after) {
      if (VipSet.isTooLargeToAnnounce(vip) && !before.contains(vip)) {
        LOG.info(
            "{}: {} has more than {} VIPs and is not announced (expected: a route to it by way of"
                + " this host, on the router)",
            link.name(),
            vip,
            VipSet.MOST_ANNOUNCED);
      }
    }
  }

  /** On the event loop: all that forwarding sees changes here, between two batches. */
  private void takeOver(OwnAddresses own, Membership before, Membership after, Plan plan) {
    Set<Integer> known = new HashSet<>();
    members(before).forEach(member -> known.add(holder(member)));
    members(after)
        .filter(member -> !known.contains(holder(member)))
        .forEach(member -> counters.clear(member.slot()));
    var vips = new VipSet(after.vipPrefixes(), own.reserved());
    arp.addresses(own, vips);
    discovery.addresses(own, vips);
    echo.vips(vips);
    resolver.servers(slotsByAddress(after), settings.ticker().nanos());
    directorHandler.plan(plan);
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
    onLoop(() -> {
      arp.announce();
      discovery.announce();
    });
  }

  void startCapture(Path file) throws Exception {
    if (capture != null) {
      throw new IllegalStateException("a capture runs already (expected: stop it first)");
    }
    PcapWriter writer = new PcapWriter(file, InstantSource.system());
    capture = writer;
    onLoop(() -> channel.pipeline().addFirst(CaptureHandler.NAME, new CaptureHandler(writer)));
  }

  void stopCapture() throws Exception {
    PcapWriter writer = capture;
    if (writer != null) {
      capture = null;
      onLoop(() -> channel.pipeline().remove(CaptureHandler.NAME));
      writer.awaitClosed(CLOSE_MILLISECONDS);
    }
  }

  BalancerStatistics statistics(List<ServiceStatistics> services, Map<String, Long> verdicts) {
    PacketStatistics packets = channel.statistics();
    return new BalancerStatistics(
        services,
        verdicts,
        packets.kernelFrames(),
        packets.kernelDrops(),
        packets.sendErrors().total());
  }

  /** Has {@code task} answered on the event loop, and waits for it. */
  <T> T call(Callable<T> task) throws Exception {
    return channel.eventLoop().submit(task).sync().getNow();
  }

  /** Runs {@code task} on the event loop and waits for it; what it throws is thrown here. */
  private void onLoop(Runnable task) throws Exception {
    channel.eventLoop().submit(task).sync();
  }

  /**
   * Lets go of everything. The channel closes before the silence ends: until then the host's kernel
   * answers nobody who still thinks that the VIP is here.
   */
  @Override
  public void close() {
    try {
      if (channel.isRegistered()) {
        channel.close().awaitUninterruptibly(CLOSE_MILLISECONDS);
      } else {
        channel.unsafe().closeForcibly();
      }
      if (capture != null) {
        capture.awaitClosed(CLOSE_MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      groups.close();
      silencer.close();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
