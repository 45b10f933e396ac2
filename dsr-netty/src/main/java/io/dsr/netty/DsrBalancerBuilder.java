package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Admission;
import io.dsr.core.BalancerEvent;
import io.dsr.core.HashKey;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Slots;
import io.dsr.core.persistence.Pins;
import io.dsr.linux.cpu.Affinity;
import io.dsr.linux.cpu.TimeSlice;
import io.dsr.netty.channel.PacketFanout;
import io.dsr.netty.handler.NeighbourResolver;
import io.dsr.netty.host.HostSettings;
import io.dsr.netty.host.Interface;
import io.dsr.netty.host.SuppressorChoice;
import io.netty.channel.ChannelPipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Builds a {@link DsrBalancer}.
 *
 * <p>{@link #service}, {@link #listener} and the interface setters add; every other setter replaces
 * the earlier value. All throw {@link NullPointerException} for null. Not for several threads at
 * once.
 */
public final class DsrBalancerBuilder {

  private static final int MAXIMUM_NAME = 15;
  private static final Duration SHORTEST_SLICE = Duration.ofNanos(TimeSlice.SHORTEST_NANOS);
  private static final Duration LONGEST_SLICE = Duration.ofNanos(TimeSlice.LONGEST_NANOS);

  private final List<Interface> interfaces = new ArrayList<>();
  private final List<VirtualService> services = new ArrayList<>();
  private HashKey hashKey = HashKey.PLACEMENT;
  private Ticker ticker = Ticker.system();
  private int eventLoops = 1;
  private List<Integer> cpus = List.of();
  private Duration timeSlice = SHORTEST_SLICE;
  private Reception reception = Reception.DEFAULT;
  private int maximumConnections = 1 << 20;
  private int maximumServers = 4_096;
  private int maximumClients = 1 << 20;
  private Admission admission = Admission.DEFAULT;
  private HostSuppression hostSuppression = HostSuppression.AUTO;
  private VipOwnership ownership = VipOwnership.OWN;
  private NeighbourTimings neighbourTimings = NeighbourTimings.DEFAULT;
  private Optional<Path> snapshot = Optional.empty();
  private final List<Consumer<? super BalancerEvent>> listeners = new ArrayList<>();
  private Consumer<? super ChannelPipeline> pipeline = handlers -> {};

  DsrBalancerBuilder() {}

  /**
   * Adds an interface toward clients or their router; real servers may be there too. The balancer
   * answers for the VIPs there. At least one is required; VLAN devices and bonds count as
   * interfaces.
   *
   * @throws IllegalArgumentException if {@code name} is not 1 to 15 characters, or was given
   *     before, or there are 16 interfaces already
   */
  public DsrBalancerBuilder networkInterface(String name) {
    return add("networkInterface", name, /* facesClients= */ true);
  }

  /**
   * Adds an interface with real servers only: the balancer does not answer for VIPs there and takes
   * no client frames from it. A server is looked up on the interface whose subnet contains it, and
   * on all interfaces if no subnet does.
   *
   * @throws IllegalArgumentException as {@link #networkInterface} does
   */
  public DsrBalancerBuilder serverInterface(String name) {
    return add("serverInterface", name, /* facesClients= */ false);
  }

  private DsrBalancerBuilder add(String kind, String name, boolean facesClients) {
    requireNonNull(name, "name");
    if (name.isEmpty() || name.length() > MAXIMUM_NAME) {
      throw new IllegalArgumentException(
          kind + ": \"" + name + "\" (expected: a name of 1 to 15 characters)");
    }
    if (interfaces.stream().anyMatch(given -> given.name().equals(name))) {
      throw new IllegalArgumentException(
          kind + ": " + name + " is given twice (expected: each interface once)");
    }
    if (interfaces.size() == Slots.MAXIMUM_LINKS) {
      throw new IllegalArgumentException(
          kind + ": " + name + " (expected: at most " + Slots.MAXIMUM_LINKS + " interfaces)");
    }
    interfaces.add(new Interface(name, facesClients));
    return this;
  }

  /** Adds a service; a balancer without services starts too, and services can be added later. */
  public DsrBalancerBuilder service(VirtualService service) {
    services.add(requireNonNull(service, "service"));
    return this;
  }

  /**
   * Sets the key of placement hashes; the default is {@link HashKey#PLACEMENT}. Balancers that take
   * over for each other need the same key.
   */
  public DsrBalancerBuilder hashKey(HashKey key) {
    this.hashKey = requireNonNull(key, "key");
    return this;
  }

  /** Sets the clock; the default is {@link Ticker#system}. */
  public DsrBalancerBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /**
   * Sets the number of event loops, each a thread with a shard of the connections; the default is
   * 1. The kernel hands a client's frames, their fragments and the ICMP errors about them to one
   * loop, chosen by a hash of the client's address. Each loop schedules by its own flows: with n
   * loops round robin is exact on each, and least-connection schedulers see an nth of the load.
   *
   * @throws IllegalArgumentException at {@link #build} if not within 1 to 64
   */
  public DsrBalancerBuilder eventLoops(int loops) {
    this.eventLoops = loops;
    return this;
  }

  /**
   * Binds the event loops to these CPUs, one each; by default the kernel's scheduler places them.
   *
   * @throws IllegalArgumentException at {@link #build} if a number is not within 0 to 8191
   */
  public DsrBalancerBuilder cpus(int... numbers) {
    this.cpus = IntStream.of(numbers).boxed().toList();
    return this;
  }

  /**
   * Sets the time slice of an event loop; the default is 100 us. With a shorter slice the loop runs
   * sooner when a frame arrives while other tasks use its CPU; its share of the CPU stays the same.
   * Threads that a handler starts on the loop inherit it. Kernels before 6.12 and scheduling
   * policies other than the normal one have no time slices.
   *
   * @param slice 0 to leave the loops the kernel's own, which is 0.7 to 3 ms
   * @throws IllegalArgumentException at {@link #build} if neither 0 nor within 100 us to 100 ms
   */
  public DsrBalancerBuilder timeSlice(Duration slice) {
    this.timeSlice = requireNonNull(slice, "slice");
    return this;
  }

  /** Sets how frames are received; the default is {@link Reception#DEFAULT}. */
  public DsrBalancerBuilder reception(Reception how) {
    this.reception = requireNonNull(how, "how");
    return this;
  }

  /**
   * Sets how many connections are remembered at most, of each address family; the default is
   * 1,048,576. Several event loops have an equal share each. Memory for a whole share is taken when
   * the first service of a family comes, at the start or later: at most 64 bytes for each
   * connection of IPv4, and 96 for each of IPv6. TCP connections of which only a SYN has come are
   * remembered apart, at most 65,536 of each family on each loop. From {@link
   * Admission#pressurePercent} on old connections are forgotten at random; what finds the table
   * full all the same is placed by hash, and counted as {@link
   * io.dsr.core.Verdict#FORWARD_TABLE_FULL}.
   *
   * @throws IllegalArgumentException at {@link #build} if not within 1 to 67,108,864
   */
  public DsrBalancerBuilder maximumConnections(int connections) {
    this.maximumConnections = connections;
    return this;
  }

  /**
   * Sets how many real servers all services may have together, by their addresses: a server of two
   * services counts once. The default is 4,096. There may be 65,536 pairs of a service and a
   * server, whatever the limit is.
   *
   * @throws IllegalArgumentException at {@link #build} if not within 1 to 65,536
   */
  public DsrBalancerBuilder maximumServers(int servers) {
    this.maximumServers = servers;
    return this;
  }

  /**
   * Sets how many clients the persistence of one service remembers at most; the default is
   * 1,048,576. Beyond the limit the least frequent clients are forgotten.
   *
   * @throws IllegalArgumentException at {@link #build} if not positive
   */
  public DsrBalancerBuilder maximumPersistentClients(int clients) {
    this.maximumClients = clients;
    return this;
  }

  /**
   * Sets how the balancer protects its tables against floods; the default is {@link
   * Admission#DEFAULT}.
   */
  public DsrBalancerBuilder admission(Admission admission) {
    this.admission = requireNonNull(admission, "admission");
    return this;
  }

  /**
   * Sets how to stop the host's kernel from answering for the VIPs; the default is {@link
   * HostSuppression#AUTO}.
   */
  public DsrBalancerBuilder hostSuppression(HostSuppression silence) {
    this.hostSuppression = requireNonNull(silence, "silence");
    return this;
  }

  /**
   * Sets how the balancer gets the frames for its VIPs; the default is {@link VipOwnership#OWN}: it
   * announces them at the start. With {@link VipOwnership#STANDBY} it serves nobody until {@link
   * DsrBalancer#own}; with {@link VipOwnership#NONE} a router has to send the frames here.
   */
  public DsrBalancerBuilder ownership(VipOwnership ownership) {
    this.ownership = requireNonNull(ownership, "ownership");
    return this;
  }

  /** Sets when the balancer asks servers for their MAC addresses. */
  public DsrBalancerBuilder neighbourTimings(NeighbourTimings timings) {
    this.neighbourTimings = requireNonNull(timings, "timings");
    return this;
  }

  /**
   * Adds a listener for all events from the start on; {@link DsrBalancer#addListener} adds one
   * later.
   */
  public DsrBalancerBuilder listener(Consumer<? super BalancerEvent> listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  /**
   * Makes {@link DsrBalancer#start} restore a snapshot that {@link DsrBalancer#exportSnapshot}
   * wrote, here or on another balancer. Flows and persistence are in place before the balancer
   * takes the first frame for a VIP. Records without a service or server here are skipped. By
   * default the balancer starts with empty tables.
   *
   * @param snapshot a file that is there when the balancer starts; {@code start()} fails with an
   *     {@link java.io.IOException} that names it if it is missing, damaged or no snapshot
   */
  public DsrBalancerBuilder restore(Path snapshot) {
    this.snapshot = Optional.of(snapshot);
    return this;
  }

  /**
   * Sets a callback that changes the pipeline after the balancer added its handlers. It runs on the
   * event loop, before the first frame, for each interface and event loop, and again when an
   * interface returns. A handler added first sees every frame; one added before {@link
   * HandlerNames#DISCARD} sees the frames that the balancer does not use. A frame that is kept
   * beyond {@code channelReadComplete} must be copied.
   *
   * <p>One rule says who sees what: as long as no handler stands before {@link
   * HandlerNames#DIRECTOR}, the director decides before the pipeline ({@link
   * io.dsr.netty.channel.FrameProcessor}), and handlers see only what it passes on; as soon as one
   * does, a running capture too, every frame goes through the pipeline, as it comes and as it is
   * sent. That holds for handlers that come and go later as well, between two batches and without a
   * frame lost. An inline verdict allocates nothing, and saves less than 0.1 us a frame.
   */
  public DsrBalancerBuilder pipeline(Consumer<? super ChannelPipeline> customizer) {
    this.pipeline = requireNonNull(customizer, "customizer");
    return this;
  }

  /**
   * Builds a balancer; it changes nothing on the host before {@link DsrBalancer#start}.
   *
   * @throws IllegalStateException if no interface that faces clients was given
   * @throws IllegalArgumentException if a limit is out of range, a service is given twice or
   *     conflicts with another, a pin names an unknown server, there are more servers than {@link
   *     #maximumServers}
   */
  public DsrBalancer build() {
    if (interfaces.stream().noneMatch(Interface::facesClients)) {
      throw new IllegalStateException(
          "networkInterface: none (expected: the interface toward the clients)");
    }
    checkLoops();
    if (maximumServers < 1 || maximumServers > Slots.MAXIMUM) {
      throw new IllegalArgumentException(
          "maximumServers: " + maximumServers + " (expected: 1 to " + Slots.MAXIMUM + ")");
    }
    if (maximumClients < 1) {
      throw new IllegalArgumentException(
          "maximumPersistentClients: " + maximumClients + " (expected: 1 or more)");
    }
    checkServices();
    return new DsrBalancer(
        new Settings(
            host(),
            eventLoops,
            List.copyOf(services),
            maximumServers,
            maximumClients,
            List.copyOf(listeners),
            snapshot));
  }

  private HostSettings host() {
    return new HostSettings(
        List.copyOf(interfaces),
        cpus,
        timeSlice,
        reception::configure,
        new DirectorLimits(maximumConnections, hashKey, admission),
        ticker,
        suppressor(),
        ownership,
        new NeighbourResolver.Timings(
            neighbourTimings.retry(), neighbourTimings.refresh(), neighbourTimings.probes()),
        pipeline);
  }

  private SuppressorChoice suppressor() {
    return switch (hostSuppression) {
      case AUTO -> SuppressorChoice.AUTO;
      case TCX -> SuppressorChoice.TCX;
      case NFTABLES -> SuppressorChoice.NFTABLES;
      case NONE -> SuppressorChoice.NONE;
    };
  }

  private void checkLoops() {
    if (eventLoops < 1 || eventLoops > PacketFanout.MAXIMUM_CHANNELS) {
      throw new IllegalArgumentException(
          "eventLoops: " + eventLoops + " (expected: 1 to " + PacketFanout.MAXIMUM_CHANNELS + ")");
    }
    for (int cpu : cpus) {
      if (cpu < 0 || cpu >= Affinity.MAXIMUM_CPUS) {
        throw new IllegalArgumentException(
            "cpus: " + cpu + " (expected: 0 to " + (Affinity.MAXIMUM_CPUS - 1) + ")");
      }
    }
    if (!timeSlice.isZero()
        && (timeSlice.compareTo(SHORTEST_SLICE) < 0 || timeSlice.compareTo(LONGEST_SLICE) > 0)) {
      throw new IllegalArgumentException(
          "timeSlice: " + timeSlice + " (expected: 0, or 100 us to 100 ms)");
    }
  }

  private void checkServices() {
    Set<ServiceKey> keys = new HashSet<>();
    for (VirtualService service : services) {
      if (!keys.add(service.key())) {
        throw new IllegalArgumentException(service.key() + " is given twice");
      }
      Pins.check(service);
    }
    Membership.check(services);
    Membership.checkServers(services, maximumServers, Slots.MAXIMUM)
        .ifPresent(fault -> {
          throw new IllegalArgumentException(fault);
        });
  }

  /** All that was given, checked. */
  record Settings(
      HostSettings host,
      int eventLoops,
      List<VirtualService> services,
      int maximumServers,
      int maximumClients,
      List<Consumer<? super BalancerEvent>> listeners,
      Optional<Path> snapshot) {}
}
