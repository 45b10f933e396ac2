package io.dsr.netty;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.MacAddress;
import io.dsr.core.director.Director;
import io.dsr.core.director.Plan;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.Slots;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.silence.HostSilencer;
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
import io.dsr.netty.handler.PcapWriter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A balancer's hold on one segment: the packet channel with its handlers, the silence of the host,
 * the group memberships of its virtual IPs.
 *
 * <p>Opened, published to and closed on the control thread; what forwards runs on the event loop.
 */
final class Segment implements AutoCloseable {

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
  private final VipGroups groups;
  private final HostSilencer silencer;
  private final EventLoopGroup loops;
  private final PacketChannel channel;

  private @Nullable PcapWriter capture;

  private Segment(
      Settings settings,
      NetworkLink link,
      Slots slots,
      ServerCounters counters,
      NeighbourListener listener)
      throws IOException {
    this.settings = settings;
    this.link = link;
    this.counters = counters;
    long mac = MacAddress.of(link.mac()).bits();
    this.director =
        new Director(slots, counters, mac, settings.limits(), settings.ticker().nanos());
    this.resolver = new NeighbourResolver(slots, settings.neighbourTimings(), listener);
    this.directorHandler = new DirectorHandler(director, settings.ticker());
    this.arp = new ArpHandler(mac, resolver, listener, settings.ticker());
    this.discovery = new NeighbourDiscoveryHandler(mac, resolver, listener, settings.ticker());
    this.groups = new VipGroups(link.index());
    this.silencer = Silence.choose(settings.hostSilence(), link);
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
  static Segment open(
      Settings settings, Slots slots, ServerCounters counters, NeighbourListener listener)
      throws Exception {
    DsrBalancer.ensureAvailability();
    NetworkLink link = SegmentChecks.link(settings.networkInterface());
    var segment = new Segment(settings, link, slots, counters, listener);
    try {
      segment.bind();
      return segment;
    } catch (Exception e) {
      segment.close();
      throw e;
    }
  }

  private void bind() throws Exception {
    channel.config().setOption(PacketChannelOption.FILTER, Filters.of(Set.of()));
    channel.pipeline().addLast(DirectorHandler.NAME, directorHandler);
    channel.pipeline().addLast(ArpHandler.NAME, arp);
    channel.pipeline().addLast(NeighbourDiscoveryHandler.NAME, discovery);
    channel.pipeline().addLast(EchoHandler.NAME, new EchoHandler());
    loops.register(channel).sync();
    onLoop(() -> settings.pipeline().accept(channel.pipeline()));
    channel.bind(new PacketAddress(link.index(), link.name())).sync();
    channel
        .eventLoop()
        .scheduleWithFixedDelay(
            this::tick, TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    directorHandler.tick();
    resolver.tick(settings.ticker().nanos());
    arp.tick();
    discovery.tick();
  }

  Director director() {
    return director;
  }

  /**
   * Brings host, channel and handlers from one membership to the next. A VIP that comes is silenced
   * and joined before it is answered for; one that goes is given up in the opposite order.
   */
  void publish(Membership before, Membership after, Plan plan) throws Exception {
    NetworkLink current = SegmentChecks.link(link.name());
    SegmentChecks.servers(current, before, after);
    Set<InetAddress> vips = after.vips();
    boolean moved = !vips.equals(before.vips());
    if (moved) {
      SegmentChecks.vips(vips, before.vips());
      widen(before.vips(), vips);
    }
    onLoop(() -> takeOver(current, before, after, plan));
    if (moved) {
      silencer.vips(vips);
      groups.join(vips);
    }
  }

  private void widen(Set<InetAddress> before, Set<InetAddress> after) throws Exception {
    Set<InetAddress> both = new HashSet<>(before);
    both.addAll(after);
    try {
      silencer.vips(both);
      groups.join(both);
      channel.config().setOption(PacketChannelOption.FILTER, Filters.of(after));
    } catch (Exception e) {
      channel.config().setOption(PacketChannelOption.FILTER, Filters.of(before));
      groups.join(before);
      silencer.vips(before);
      throw e;
    }
  }

  /** On the event loop: everything that forwarding threads see changes here, between two batches. */
  private void takeOver(NetworkLink current, Membership before, Membership after, Plan plan) {
    Set<Member> known = new HashSet<>();
    before.services().forEach(service -> known.addAll(generations(service)));
    for (ServiceMembers service : after.services()) {
      for (Member member : generations(service)) {
        if (!known.contains(member)) {
          counters.clear(member.slot());
        }
      }
    }
    arp.addresses(current, after.vips());
    discovery.addresses(current, after.vips());
    resolver.servers(slotsByAddress(after), settings.ticker().nanos());
    directorHandler.plan(plan);
  }
  
  void announce() throws Exception {
    onLoop(
        () -> {
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
        services, verdicts, packets.kernelFrames(), packets.kernelDrops(), packets.sendDrops());
  }
}
