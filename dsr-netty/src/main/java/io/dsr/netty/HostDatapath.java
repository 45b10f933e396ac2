package io.dsr.netty;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketFanout;
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
final class HostDatapath implements AutoCloseable {

  // Leading bits of a client's address that choose its loop: what is one source by default.
  private static final int IPV4_CLIENT = 32;
  private static final int IPV6_CLIENT = 64;

  private final Settings settings;
  private final EventLoopGroup loops;
  private final ServerResolution resolution;
  private final InterfaceBinding.Parts parts;
  private final RunningCapture capture = new RunningCapture();
  private final LinkCache links;
  private final InterfaceRegistry bindings;

  /** What the first event loop has to tick: replaced as a whole. */
  private volatile List<InterfaceBinding> ticking = List.of();

  private Membership membership;
  private List<ServiceTable> published = List.of();
  private boolean announced;

  private HostDatapath(
      Settings settings, Slots slots, List<OverloadDetector> loads, NeighbourListener listener) {
    this.settings = settings;
    this.membership = Membership.empty(slots, settings.ticker());
    this.resolution = new ServerResolution(settings, slots, listener);
    this.links = new LinkCache(settings.interfaces());
    this.bindings = new InterfaceRegistry(links.count());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            loads.size(),
            new DefaultThreadFactory("dsr-" + links.name(0), true),
            EpollIoHandler.newFactory());
    List<Shard> shards = new ArrayList<>();
    var limits = settings.limits().share(loads.size());
    for (OverloadDetector load : loads) {
      var loop = loops.next();
      shards.add(new Shard(shards.size(), loop, slots, load, limits, settings.ticker()));
    }
    this.parts =
        new InterfaceBinding.Parts(
            shards,
            PacketFanout.of(shards.size(), IPV4_CLIENT, IPV6_CLIENT),
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
  static HostDatapath open(
      Settings settings, Slots slots, List<OverloadDetector> loads, NeighbourListener listener)
      throws Exception {
    DsrBalancer.ensureAvailability();
    for (Interface each : settings.interfaces()) {
      InterfaceChecks.link(each.name());
    }
    var datapath = new HostDatapath(settings, slots, loads, listener);
    try {
      datapath.begin();
      return datapath;
    } catch (Exception | Error e) {
      datapath.close();
      throw e;
    }
  }

  private void begin() throws Exception {
    LoopThreads.pin(parts.shards(), settings.cpus());
    LoopThreads.slice(parts.shards(), settings.timeSlice());
    for (int number = 0; number < bindings.size(); number++) {
      NetworkLink link = InterfaceChecks.link(links.name(number));
      links.seen(number, link);
      bindings.attach(number, open(number, link));
    }
    tellLoops();
    for (Shard shard : parts.shards()) {
      shard.begin(shard.number() == 0 ? this::tick : () -> Long.MAX_VALUE);
    }
  }

  private InterfaceBinding open(int number, NetworkLink link) throws Exception {
    return InterfaceBinding.open(
        parts,
        link,
        settings.interfaces().get(number).facesClients(),
        resolution.on(number),
        settings.hostSuppression());
  }

  /** Ends or begins the use of interfaces on all loops, as {@link #bindings} stands. */
  private void tellLoops() throws Exception {
    long[] macs = new long[bindings.size()];
    for (int number = 0; number < macs.length; number++) {
      InterfaceBinding binding = bindings.get(number);
      macs[number] = binding == null ? -1 : binding.link().hardwareAddress();
    }
    for (Shard shard : parts.shards()) {
      var channels = new @Nullable PacketChannel[macs.length];
      for (int number = 0; number < macs.length; number++) {
        InterfaceBinding binding = bindings.get(number);
        channels[number] = binding == null ? null : binding.channels().get(shard.number());
      }
      shard.links(channels, macs);
    }
    ticking = bindings.attached();
  }

  /** On the first event loop. */
  private long tick() {
    long quiet = resolution.tick();
    for (InterfaceBinding binding : ticking) {
      quiet = Math.min(quiet, binding.tick());
    }
    return quiet;
  }

  /** Takes no frame for a VIP, whatever is published, until {@link #release}. */
  void hold() {
    bindings.attached().forEach(InterfaceBinding::hold);
  }

  /** Takes frames for what was published last. */
  void release() {
    Set<IpPrefix> vips = membership.vipPrefixes();
    bindings.attached().forEach(binding -> binding.release(vips));
  }

  List<Shard> shards() {
    return parts.shards();
  }

  /** Returns the number of the event loop that gets a client's frames. */
  int loopOf(InetAddress client) {
    return parts.fanout().channelOf(client);
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
  @Nullable InterfaceBinding binding(int number) {
    return bindings.get(number);
  }

  /** Takes note of an interface's new name. */
  void renamed(int number, String name) {
    links.name(number, name);
  }

  /** Looks at the interfaces' addresses again, which have changed. */
  void refresh() throws Exception {
    links.look();
    resolution.find(membership, links.all(), parts.shards().getFirst());
    for (InterfaceBinding binding : bindings.attached()) {
      binding.answer(membership.vipPrefixes(), own(binding));
    }
  }

  /** Announces the VIPs on an interface that has come up, and asks for the servers there. */
  void announce(int number) throws Exception {
    InterfaceBinding binding = bindings.get(number);
    if (binding != null) {
      binding.askForServers();
      if (announced) {
        binding.announce();
      }
    }
  }

  /** Returns the index that an interface had when it was last seen. */
  int seenIndex(int number) {
    return links.all().get(number).index();
  }

  /** Lets go of an interface that is gone; its servers take no new flows. */
  void detach(int number) throws Exception {
    InterfaceBinding binding = bindings.get(number);
    if (binding != null) {
      bindings.leave(number);
      try {
        tellLoops();
      } finally {
        try {
          binding.close();
        } finally {
          bindings.left(number, links.name(number));
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
    if (bindings.get(number) != null) {
      return;
    }
    NetworkLink link = InterfaceChecks.link(links.name(number));
    InterfaceBinding binding = open(number, link);
    try {
      capture.join(binding);
      binding.widen(Set.of(), membership.vipPrefixes());
    } catch (Exception e) {
      binding.close();
      throw e;
    }
    links.seen(number, link);
    bindings.attach(number, binding);
    try {
      begin(binding);
    } catch (Exception e) {
      detach(number);
      throw e;
    }
  }

  private void begin(InterfaceBinding fresh) throws Exception {
    tellLoops();
    for (InterfaceBinding binding :
        bindings.attached()) { // each must know all of our MAC addresses
      binding.answer(membership.vipPrefixes(), own(binding));
    }
    resolution.find(membership, links.all(), parts.shards().getFirst());
    fresh.askForServers();
    if (announced) {
      fresh.announce();
    }
  }

  /**
   * Brings host, channels and handlers from one membership to the next. A VIP that comes is
   * silenced and joined before it is answered for; one that goes is given up in the opposite order.
   */
  void publish(Membership before, Membership after, List<ServiceTable> serviceTables)
      throws Exception {
    // Not refused while an interface is down: news of servers that are lost meanwhile come once.
    links.look();
    InterfaceChecks.servers(links.all(), before, after);
    InterfaceChecks.apart(before, after);
    Set<IpPrefix> vips = after.vipPrefixes();
    boolean moved = !vips.equals(before.vipPrefixes());
    if (moved) {
      for (NetworkLink link : links.all()) {
        InterfaceChecks.vips(link, before.vipPrefixes(), vips);
      }
      widen(before.vipPrefixes(), vips);
    }
    try {
      takeOver(before, after, serviceTables);
    } catch (Exception | Error e) {
      takeBack(before, after, e);
      throw e;
    }
    membership = after;
    published = serviceTables;
    if (moved) {
      bindings.attached().forEach(binding -> binding.narrow(vips));
      InterfaceChecks.tellOfRouting(links.name(0), before.vipPrefixes(), vips);
    }
  }

  private void widen(Set<IpPrefix> before, Set<IpPrefix> after) throws Exception {
    List<InterfaceBinding> widened = new ArrayList<>();
    try {
      for (InterfaceBinding binding : bindings.attached()) {
        binding.widen(before, after);
        widened.add(binding);
      }
    } catch (Exception e) {
      for (InterfaceBinding binding : widened) {
        binding.widen(before, before);
        binding.narrow(before);
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
      for (InterfaceBinding binding : bindings.attached()) {
        binding.widen(before.vipPrefixes(), before.vipPrefixes());
        binding.narrow(before.vipPrefixes());
      }
    } catch (Exception | Error e) {
      why.addSuppressed(e);
    }
  }

  /** All that forwarding sees changes here; on each event loop between two batches. */
  private void takeOver(Membership before, Membership after, List<ServiceTable> serviceTables)
      throws Exception {
    List<Integer> fresh = ServerResolution.freshSlots(before, after);
    // Slots have their addresses before a service table leads to them.
    resolution.find(after, links.all(), parts.shards().getFirst());
    for (Shard shard : parts.shards()) {
      shard.serviceTable(serviceTables.get(shard.number()), fresh);
    }
    for (InterfaceBinding binding : bindings.attached()) {
      binding.answer(after.vipPrefixes(), own(binding));
    }
  }

  private OwnAddresses own(InterfaceBinding binding) {
    Set<Long> macs = new HashSet<>();
    bindings.attached().forEach(each -> macs.add(each.link().hardwareAddress()));
    return links.own(binding.link(), macs);
  }

  void announce() throws Exception {
    announced = true;
    for (InterfaceBinding binding : bindings.attached()) {
      binding.announce();
    }
  }

  void startCapture(Path file) throws Exception {
    capture.start(file, bindings.attached());
  }

  void stopCapture() throws Exception {
    capture.stop(bindings.attached());
  }

  /** Returns what was counted of each interface, of one that is gone none. Any thread. */
  List<InterfaceStatistics> statistics() {
    List<InterfaceStatistics> all = new ArrayList<>();
    for (int number = 0; number < bindings.size(); number++) {
      all.add(bindings.counts(number, links.name(number)));
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
      bindings.attached().forEach(InterfaceBinding::close);
      parts.shards().forEach(Shard::close);
      capture.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
