package io.dsr.netty.host;

import io.dsr.core.IpPrefix;
import io.dsr.core.Ticker;
import io.dsr.core.control.ExtensionFaults;
import io.dsr.core.datapath.VipGates;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.channel.FrameFilter;
import io.dsr.netty.channel.PacketAddress;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketChannelOption;
import io.dsr.netty.channel.PacketFanout;
import io.dsr.netty.handler.ArpHandler;
import io.dsr.netty.handler.CaptureFile;
import io.dsr.netty.handler.CaptureHandler;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.DiscardHandler;
import io.dsr.netty.handler.EchoHandler;
import io.dsr.netty.handler.NeighbourDiscoveryHandler;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import io.dsr.netty.handler.OwnAddresses;
import io.dsr.netty.handler.VipSet;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelPipeline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A balancer's hold on the segment of one interface: a packet channel with its handlers on each
 * event loop, the silence of the host, the group memberships of its virtual IPs.
 *
 * <p>Address resolution and neighbor discovery are the first loop's. Control thread.
 */
final class InterfaceBinding implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(InterfaceBinding.class);
  private static final long CLOSE_MILLISECONDS = 1_000;

  /**
   * What the segments of a balancer have in common.
   *
   * @param fanout which loop gets which client's frames
   * @param reception sets the receive options of each channel
   * @param gates which VIPs we own
   * @param announces whether ARP and neighbor discovery are answered for VIPs, which are announced
   * @param pipeline what is done to each pipeline at last
   * @param faults hears what that throws, and what handlers do, on an event loop
   */
  record Parts(
      List<Shard> shards,
      PacketFanout fanout,
      Consumer<? super ChannelConfig> reception,
      NeighbourListener listener,
      Consumer<? super ChannelPipeline> pipeline,
      BiConsumer<? super String, ? super Throwable> faults,
      Ticker ticker,
      VipGates gates,
      boolean announces) {}

  private final Parts parts;
  private final NetworkLink link;
  private final boolean facesClients;
  private final NeighbourResolver.OnLink neighbours;
  private final ArpHandler arp;
  private final NeighbourDiscoveryHandler discovery;
  private final VipGroups groups;
  private final VipLocks locks;
  private final InterfaceSuppressor suppressor;
  private final PacketFanout fanout;
  private final List<PacketChannel> channels = new ArrayList<>();
  private final List<DirectorHandler> directors = new ArrayList<>();
  private final List<EchoHandler> echoes = new ArrayList<>();

  private InterfaceBinding(
      Parts parts,
      NetworkLink link,
      boolean facesClients,
      NeighbourResolver.OnLink neighbours,
      InterfaceSuppressor suppressor) {
    this.parts = parts;
    this.link = link;
    this.facesClients = facesClients;
    this.neighbours = neighbours;
    this.suppressor = suppressor;
    long mac = link.hardwareAddress();
    this.arp = new ArpHandler(mac, neighbours, parts.listener(), parts.ticker(), parts.gates());
    this.discovery =
        new NeighbourDiscoveryHandler(
            mac, neighbours, parts.listener(), parts.ticker(), parts.gates());
    this.groups = new VipGroups(link.index());
    this.locks = new VipLocks(link);
    this.fanout = parts.fanout().another();
  }

  /**
   * Opens a hold on an interface; nothing is answered or forwarded before the first {@link #widen}.
   *
   * @throws java.io.IOException if the kernel refuses
   */
  static InterfaceBinding open(
      Parts parts,
      NetworkLink link,
      boolean facesClients,
      NeighbourResolver.OnLink neighbours,
      SuppressorChoice choice)
      throws Exception {
    InterfaceSuppressor suppressor = choice.open(link);
    var binding = new InterfaceBinding(parts, link, facesClients, neighbours, suppressor);
    try {
      binding.bind();
      return binding;
    } catch (Exception | Error e) {
      binding.close();
      throw e;
    }
  }

  private void bind() throws Exception {
    for (Shard shard : parts.shards()) {
      var channel = new PacketChannel();
      channels.add(channel);
      channel.config().setOption(PacketChannelOption.FILTER, FrameFilter.nothing());
      parts.reception().accept(channel.config());
      if (parts.shards().size() > 1) {
        channel.config().setOption(PacketChannelOption.FANOUT, fanout);
      }
      fill(channel.pipeline(), shard);
      channel.unhandled(failure -> faulty(channel.pipeline(), failure));
      shard.loop().register(channel).sync();
      shard.run(() -> customize(channel.pipeline()));
      channel.bind(new PacketAddress(link.index())).sync();
    }
  }

  /** Lets the embedding program change a pipeline. */
  private void customize(ChannelPipeline pipeline) {
    Consumer<? super ChannelPipeline> customizer = parts.pipeline();
    try {
      customizer.accept(pipeline);
    } catch (Throwable e) { // whatever it throws, also past the compiler
      String name = ExtensionFaults.name("pipeline customizer", customizer);
      parts.faults().accept(name, e);
      throw new IllegalStateException(
          name + " failed on " + link.name() + ": " + ExtensionFaults.text(e), e);
    }
  }

  private void faulty(ChannelPipeline pipeline, Throwable failure) {
    String handler = UserHandlers.thrower(pipeline, failure);
    parts
        .faults()
        .accept(handler.isEmpty() ? "pipeline of " + link.name() : "handler " + handler, failure);
  }

  private void fill(ChannelPipeline pipeline, Shard shard) {
    DirectorHandler director = shard.handler();
    directors.add(director);
    pipeline.addLast(DirectorHandler.NAME, director);
    if (shard.number() == 0) {
      pipeline.addLast(ArpHandler.NAME, arp);
      pipeline.addLast(NeighbourDiscoveryHandler.NAME, discovery);
    }
    var echo = new EchoHandler(link.hardwareAddress(), parts.gates(), parts.ticker());
    echoes.add(echo);
    pipeline.addLast(EchoHandler.NAME, echo);
    pipeline.addLast(DiscardHandler.NAME, new DiscardHandler());
  }

  /** Returns the interface as it was when this was opened. */
  NetworkLink link() {
    return link;
  }

  /** Returns the channel of each event loop, in their order. */
  List<PacketChannel> channels() {
    return channels;
  }

  /** Returns whether all channels are open; a handler may have closed one. Any thread. */
  boolean isOpen() {
    for (PacketChannel channel : channels) {
      if (!channel.isOpen()) {
        return false;
      }
    }
    return true;
  }

  /** Returns the handler that forwards on each event loop, in their order. */
  List<DirectorHandler> directors() {
    return directors;
  }

  boolean facesClients() {
    return facesClients;
  }

  /** Sends what is due, and returns for how long nothing will be, nanoseconds. First event loop. */
  long tick() {
    arp.tick();
    discovery.tick();
    return Math.min(arp.quietNanos(), discovery.quietNanos());
  }

  /** Silences and joins VIPs before they are answered for; if it throws, all is as it was. */
  void widen(Set<IpPrefix> before, Set<IpPrefix> after) throws Exception {
    if (!facesClients) {
      filter(Set.of());
      return;
    }
    Set<IpPrefix> both = new HashSet<>(before);
    both.addAll(after);
    try {
      suppressor.vips(both);
      join(both);
      filter(both);
    } catch (Exception e) {
      filter(before);
      join(before);
      suppressor.vips(before);
      throw e;
    }
  }

  /**
   * Makes sure that no other balancer of this host owns one of these VIPs here.
   *
   * @throws IOException if one does
   */
  void lock(Set<IpPrefix> owned) throws IOException {
    if (facesClients) {
      locks.take(owned);
    }
  }

  /** Lets other balancers own all but these VIPs. */
  void unlock(Set<IpPrefix> owned) {
    locks.keep(owned);
  }

  /** Lets go of other balancers that asked who owns VIPs here; once a second. Any thread. */
  void dismissAskers() {
    locks.dismiss();
  }

  private void join(Set<IpPrefix> vips) throws LinuxException {
    groups.join(parts.announces() ? vips : Set.of());
  }

  private void filter(Set<IpPrefix> vips) {
    FrameFilter filter =
        FrameFilter.ofNetworks(
            vips.stream()
                .map(vip -> new FrameFilter.Network(vip.address(), vip.length()))
                .toList());
    for (PacketChannel channel : channels) {
      channel.config().setOption(PacketChannelOption.FILTER, filter);
    }
  }

  /** Answers for these VIPs and no others from the next frame on. Does not wait. */
  void answer(Set<IpPrefix> vips, OwnAddresses own) {
    var pinged = new VipSet(facesClients ? vips : Set.of(), own.reserved());
    VipSet claimed = parts.announces() ? pinged : VipSet.EMPTY;
    echoes.forEach(echo -> echo.vips(pinged));
    arp.answer(own, claimed);
    discovery.answer(own, claimed);
    // In the order of changes: a VIP that went and came back is announced again.
    parts
        .shards()
        .getFirst()
        .order(() -> {
          arp.claim(claimed);
          discovery.claim(claimed);
          tick();
        });
  }

  // The change is in force by now: what is left of a VIP that went is no reason to take it back.
  /** Lets go of what {@link #widen} took for VIPs that are not answered for any more. */
  void narrow(Set<IpPrefix> vips) {
    if (!facesClients) {
      return;
    }
    try {
      filter(vips);
      suppressor.vips(vips);
      join(vips);
    } catch (LinuxException | ChannelException e) {
      LOG.warn("{}: the kernel stays silent about a VIP that was released", link.name(), e);
    }
  }

  /** Asks for the servers that may be here. */
  void askForServers() throws Exception {
    parts.shards().getFirst().run(() -> neighbours.back(parts.ticker().nanos()));
  }

  void announce() throws Exception {
    parts
        .shards()
        .getFirst()
        .run(() -> {
          arp.announce();
          discovery.announce();
        });
  }

  void startCapture(CaptureFile writer) throws Exception {
    for (Shard shard : parts.shards()) {
      ChannelPipeline pipeline = channels.get(shard.number()).pipeline();
      shard.run(() -> pipeline.addFirst(CaptureHandler.NAME, new CaptureHandler(writer)));
    }
  }

  void stopCapture() throws Exception {
    for (Shard shard : parts.shards()) {
      ChannelPipeline pipeline = channels.get(shard.number()).pipeline();
      shard.run(() -> {
        if (pipeline.get(CaptureHandler.NAME) != null) {
          pipeline.remove(CaptureHandler.NAME);
        }
      });
    }
  }

  /**
   * Lets go of everything. The channels close before the silence ends: until then the host's kernel
   * answers nobody who still thinks that the VIP is here.
   */
  @Override
  public void close() {
    try {
      fanout.silence(); // no frame goes to another loop while one channel is closed and one is not
    } catch (ChannelException e) {
      LOG.warn("{}: the fanout may receive frames until all channels are closed", link.name(), e);
    }
    try {
      for (PacketChannel channel : channels) {
        if (channel.isRegistered()) {
          channel.close().awaitUninterruptibly(CLOSE_MILLISECONDS);
        } else {
          channel.unsafe().closeForcibly();
        }
      }
      Shard first = parts.shards().getFirst();
      if (!first.loop().isShuttingDown()) {
        first
            .submit(() -> neighbours.gone(parts.ticker().nanos()))
            .awaitUninterruptibly(CLOSE_MILLISECONDS);
      }
    } finally {
      locks.close();
      groups.close();
      suppressor.close();
    }
  }
}
