package io.dsr.netty.host;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.IpPrefix;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ControlState;
import io.dsr.core.control.DataPlane;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketFanout;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import io.dsr.netty.handler.OwnAddresses;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All that a balancer has of the host: its event loops, and its hold on the segment of each
 * interface, which may go and come back while the loops and their flows stay.
 *
 * <p>Opened, published to and closed on the control thread; what forwards runs on the event loops.
 */
@SuppressWarnings("FutureReturnValueIgnored") // tasks that report for themselves
public final class HostDatapath implements AutoCloseable, DataPlane {

  // Leading bits of a client's address that choose its loop: what is one source by default.
  private static final int IPV4_CLIENT = 32;
  private static final int IPV6_CLIENT = 64;

  private final HostSettings settings;
  private final EventLoopGroup loops;
  private final ServerResolution resolution;
  private final InterfaceBinding.Parts parts;
  private final RunningCapture capture = new RunningCapture();
  private final LinkCache links;
  private final InterfaceRegistry bindings;
  private final FallbackNotice fallbacks = new FallbackNotice();

  /** What the first event loop has to tick: replaced as a whole. */
  private volatile List<InterfaceBinding> ticking = List.of();

  private ControlState inForce;

  /**
   * The VIPs that interfaces are silenced, joined and filtered for: those in force, and such as
   * have gone, or were refused, but are not let go of yet.
   */
  private Set<IpPrefix> held = Set.of();

  /** Whether servers are looked for that a change brings which is not in force. */
  private boolean ahead;

  /** What the control thread is asked to do once a loop has taken a service table. Any thread. */
  private volatile Runnable whenTaken = () -> {};

  private HostDatapath(
      HostSettings settings,
      ControlState inForce,
      Slots slots,
      VipGates gates,
      List<OverloadDetector> loads,
      NeighbourListener listener,
      BiConsumer<? super String, ? super Throwable> faults) {
    this.settings = settings;
    this.inForce = inForce;
    this.resolution =
        new ServerResolution(
            new NeighbourResolver(slots, settings.neighbours(), listener), settings.ticker());
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
      shards.add(new Shard(shards.size(), loop, slots, load, limits, gates, settings.ticker()));
    }
    this.parts =
        new InterfaceBinding.Parts(
            shards,
            PacketFanout.of(shards.size(), IPV4_CLIENT, IPV6_CLIENT),
            settings.reception(),
            listener,
            settings.pipeline(),
            faults,
            settings.ticker(),
            gates,
            settings.ownership() != VipOwnership.NONE);
  }

  /**
   * Opens a hold on every interface; nothing is answered or forwarded before the first {@link
   * #commit}.
   *
   * @param inForce what is in force already: no service
   * @param faults hears what handlers throw, and what sets up the pipelines, on an event loop
   * @throws IOException if an interface is missing, down or not Ethernet, or the kernel refuses
   */
  public static HostDatapath open(
      HostSettings settings,
      ControlState inForce,
      Slots slots,
      VipGates gates,
      List<OverloadDetector> loads,
      NeighbourListener listener,
      BiConsumer<? super String, ? super Throwable> faults)
      throws Exception {
    Availability.ensure();
    for (Interface each : settings.interfaces()) {
      InterfaceChecks.link(each.name());
    }
    var datapath = new HostDatapath(settings, inForce, slots, gates, loads, listener, faults);
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
        settings.suppressor());
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

  /** Returns the event loops, by their numbers. Any thread. */
  public List<Shard> shards() {
    return parts.shards();
  }

  /** Returns all VIPs, and networks of VIPs, that are in force. Control thread. */
  Set<IpPrefix> vips() {
    return inForce.vips();
  }

  /** Returns the number of the event loop that gets a client's frames. */
  public int loopOf(InetAddress client) {
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

  /** Lets go of other balancers that asked who owns our VIPs; once a second. Any thread. */
  void dismissAskers() {
    for (int number = 0; number < interfaces(); number++) {
      InterfaceBinding binding = binding(number);
      if (binding != null) {
        binding.dismissAskers();
      }
    }
  }

  /** Takes note of an interface's new name. */
  void renamed(int number, String name) {
    links.name(number, name);
  }

  /** Looks at the interfaces' addresses again, which have changed. */
  void refresh() throws Exception {
    links.look();
    resolution.find(inForce.membership(), links.all(), parts.shards().getFirst());
    answer(inForce);
  }

  /** Makes each segment answer for the VIPs of a state, with all of our MAC addresses. */
  private void answer(ControlState state) {
    for (InterfaceBinding binding : bindings.attached()) {
      binding.answer(state.owned(), own(binding));
    }
  }

  /**
   * Gives what is run, on the loop, whenever a loop has taken a service table of {@link #commit}.
   */
  public void whenTaken(Runnable task) {
    whenTaken = task;
  }

  /** Returns how often somebody has waited for a loop, or looked at the interfaces. Any thread. */
  public long waits() {
    return links.looks() + parts.shards().stream().mapToLong(Shard::roundTrips).sum();
  }

  /** Announces the VIPs on an interface that has come up, and asks for the servers there. */
  void announce(int number) throws Exception {
    InterfaceBinding binding = bindings.get(number);
    if (binding != null) {
      binding.askForServers();
      binding.announce();
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
      binding.widen(Set.of(), held);
      binding.lock(inForce.owned());
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
    answer(inForce);
    resolution.find(inForce.membership(), links.all(), parts.shards().getFirst());
    fresh.askForServers();
    fresh.announce();
  }

  /**
   * Takes of the host what a change needs. A VIP that comes is silenced and joined before it is
   * answered for; one that goes is given up in the opposite order. What concerns servers that are
   * here already asks for nothing.
   */
  @Override
  public void prepare(ServiceDiff change, ControlState next) throws Exception {
    if (!change.serversComing().isEmpty() || !change.vipsComing().isEmpty()) {
      links.look(); // not refused while an interface is down: its servers come once it is up
      InterfaceChecks.servers(links.all(), change.serversComing());
      InterfaceChecks.apart(change, next);
    }
    if (!change.vipsComing().isEmpty()) {
      for (NetworkLink link : links.all()) {
        InterfaceChecks.vips(link, change.vipsComing());
      }
      reserve(next);
    }
    claim(next.owned());
    try {
      take(change, next);
    } catch (Exception | Error e) {
      unlock(inForce.owned());
      throw e;
    }
  }

  @Override
  public void claim(Set<IpPrefix> owned) throws IOException {
    try {
      for (InterfaceBinding binding : bindings.attached()) {
        binding.lock(owned);
      }
    } catch (IOException | RuntimeException | Error e) {
      unlock(inForce.owned());
      throw e;
    }
  }

  private void unlock(Set<IpPrefix> owned) {
    bindings.attached().forEach(binding -> binding.unlock(owned));
  }

  private void take(ServiceDiff change, ControlState next) throws Exception {
    Set<IpPrefix> before = held;
    if (change.movesVips()) {
      widen(before, next.vips());
      Set<IpPrefix> both = new HashSet<>(before);
      both.addAll(next.vips());
      held = Set.copyOf(both);
    }
    if (change.movesSlots()) {
      try {
        resolution.follow(change, links.all(), parts.shards().getFirst());
        ahead = true;
      } catch (Exception | Error e) {
        takeBack(before, e);
        throw e;
      }
    }
  }

  /**
   * Fails, as {@link #prepare} would, if something of this host speaks against services: an address
   * of its own, a router, or a server on the subnet of another interface. Changes nothing.
   */
  public void check(Collection<VirtualService> wanted) throws IOException {
    Set<InetAddress> servers = new HashSet<>();
    Set<IpPrefix> vips = new HashSet<>();
    for (VirtualService service : wanted) {
      service.realServers().forEach(server -> servers.add(server.address()));
      service.keys().forEach(key -> vips.add(key.vip()));
    }
    servers.removeAll(inForce.membership().servers());
    vips.removeAll(inForce.vips());
    InterfaceChecks.servers(links.all(), servers);
    if (!vips.isEmpty()) {
      for (NetworkLink link : links.all()) {
        InterfaceChecks.vips(link, vips);
      }
    }
  }

  /** Has the loops make the flow tables of an IP version that comes, if there is memory for it. */
  private void reserve(ControlState next) throws Exception {
    DirectorLimits share = settings.limits().share(parts.shards().size());
    FlowMemory.check(parts.shards(), share, next.vips());
    try {
      for (Shard shard : parts.shards()) {
        shard.reserve(next.serviceTables().get(shard.number()));
      }
    } catch (OutOfMemoryError e) {
      throw FlowMemory.exhausted(parts.shards(), share, next.vips(), e);
    }
  }

  /** Makes all as it was before a change that failed half-way, as far as that is possible. */
  private void takeBack(Set<IpPrefix> before, Throwable why) {
    try {
      for (InterfaceBinding binding : bindings.attached()) {
        binding.widen(before, before);
        binding.narrow(before);
      }
      held = before;
      resolution.find(inForce.membership(), links.all(), parts.shards().getFirst());
    } catch (Exception | Error e) {
      why.addSuppressed(e);
    }
  }

  @Override
  public void commit(ServiceDiff change, ControlState next) {
    boolean moved = change.movesVips() || !next.owned().equals(inForce.owned());
    inForce = next;
    ahead = false;
    Runnable then = change.movesVips() ? whenTaken : () -> {};
    for (Shard shard : parts.shards()) {
      shard.publish(next.serviceTables().get(shard.number()), then);
    }
    if (moved) {
      answer(next);
    }
    if (!change.movesVips()) { // else once no loop forwards for those that go
      unlock(next.owned());
    }
    fallbacks.look(change.services());
    if (parts.announces()) {
      InterfaceChecks.tellOfRouting(links.name(0), change.vipsComing());
    }
  }

  @Override
  public boolean retire(ControlState state) {
    if (ahead) { // another data plane has refused the change
      ahead = false;
      resolution.findLater(state.membership(), links.all(), parts.shards().getFirst());
    }
    for (Shard shard : parts.shards()) {
      if (!shard.director().hasTaken(state.serviceTables().get(shard.number()))) {
        return false;
      }
    }
    unlock(state.owned());
    if (!held.equals(state.vips())) {
      held = state.vips();
      bindings.attached().forEach(binding -> binding.narrow(state.vips()));
    }
    return true;
  }

  /** Returns the VIPs that interfaces are held for. Control thread. */
  Set<IpPrefix> held() {
    return held;
  }

  /** Returns the servers that are looked for. Control thread. */
  Set<InetAddress> servers() {
    return resolution.servers();
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

  private OwnAddresses own(InterfaceBinding binding) {
    Set<Long> macs = new HashSet<>();
    bindings.attached().forEach(each -> macs.add(each.link().hardwareAddress()));
    return links.own(binding.link(), macs);
  }

  /** Announces the VIPs on all interfaces. */
  public void announce() throws Exception {
    for (InterfaceBinding binding : bindings.attached()) {
      binding.announce();
    }
  }

  /** Starts a capture to a file, of all interfaces. */
  public void startCapture(Path file) throws Exception {
    capture.start(file, bindings.attached());
  }

  /** Stops the capture, if one runs; the file is complete then. */
  public void stopCapture() throws Exception {
    capture.stop(bindings.attached());
  }

  /** Returns what was counted of each interface, of one that is gone none. Any thread. */
  public List<InterfaceStatistics> statistics() {
    List<InterfaceStatistics> all = new ArrayList<>();
    for (int number = 0; number < bindings.size(); number++) {
      all.add(bindings.counts(number, links.name(number)));
    }
    return all;
  }

  /** Returns what did not fit what the loops remember, persistence apart. Any thread. */
  public TableStatistics tables() {
    long evicted = 0;
    long untracked = 0;
    for (Shard shard : parts.shards()) {
      evicted += shard.director().evicted();
      untracked += shard.director().untracked();
    }
    return new TableStatistics(evicted, untracked, 0, capture.uncaptured());
  }

  /** Ends the event loops, and with them their channels; does not wait. Any thread. */
  public void endLoops() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
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
      endLoops();
    }
  }
}
