package io.dsr.core.simulation;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Admission;
import io.dsr.core.CanIgnoreReturnValue;
import io.dsr.core.CheckReturnValue;
import io.dsr.core.Explanation;
import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import io.dsr.core.Ticker;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ControlState;
import io.dsr.core.control.DataPlane;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.Decision;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.PcapReader;
import io.dsr.core.frame.PcapWriter;
import io.dsr.core.inspect.Inspection;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.persistence.Pins;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A balancer of one event loop without a network: the same decisions, from frames in memory or in a
 * capture, with servers whose MAC addresses it makes up. It has no threads and no clock: time is
 * what the {@link Ticker} says when a frame comes, and nothing happens in between.
 *
 * <pre>{@code
 * try (Simulator simulator = Simulator.builder(ticker)
 *     .service(VirtualService.tcp("192.0.2.10", 80)
 *         .realServer("192.0.2.21")
 *         .realServer("192.0.2.22"))
 *     .build()) {
 *   SimulatedFrame syn = simulator.frame(octets);
 *   ...
 * }
 * }</pre>
 *
 * <p>All servers answer at once, until {@link #reachable} says otherwise. Frames for the VIPs are
 * taken from anywhere; ARP, neighbor discovery and echo requests are passed on, as the verdict
 * says, and answered by nobody. One thread.
 */
public final class Simulator implements AutoCloseable {

  private static final int MAXIMUM_CLIENTS = 1 << 20;
  private static final int ADDRESSES = 12;
  private static final int CUSTOMER_TAG = 0x8100;
  private static final int RECORDS_A_STEP = 1 << 16;

  /** So often time is moved on where no flow is forgotten by that. */
  private static final int IDLE_STEPS = 256;

  /** The first MAC address of a server: locally administered, and "sim". */
  private static final long FIRST_SERVER = 0x02_73_69_6d_00_01L;

  /** For how many slots counters are made at the start; they grow. */
  private static final int FIRST_SLOTS = 64;

  private final Ticker ticker;
  private final Slots slots;
  private final OverloadDetector load;
  private final Director director;
  private final Inspection inspection;
  private final ServiceControl control;
  private final Map<InetAddress, MacAddress> macs = new HashMap<>();
  private int heededLoad;

  private Simulator(Builder builder) {
    this.ticker = builder.ticker;
    this.slots = new Slots(Slots.MAXIMUM, builder.maximumServers);
    var counters = new ServerCounters(FIRST_SLOTS);
    this.load = new OverloadDetector(counters, FIRST_SLOTS);
    var limits = new DirectorLimits(builder.maximumConnections, builder.hashKey, builder.admission);
    this.director = new Director(slots, load, builder.mac.bits(), limits, ticker.nanos());
    this.inspection = new Inspection(director);
    var gates = new VipGates(/* open= */ false);
    director.gates(gates);
    this.control =
        new ServiceControl(
            slots,
            new TotalServerCounters(List.of(counters)),
            new ServiceTableBuilder(List.of(load), builder.hashKey, ticker, MAXIMUM_CLIENTS),
            ticker,
            gates,
            event -> {});
    control.follow(new Plane());
    try {
      control.own();
    } catch (IOException e) {
      throw new AssertionError("no data plane refuses", e);
    }
  }

  /** Puts each change in force at once. */
  private final class Plane implements DataPlane {

    @Override
    public void prepare(ServiceDiff change, ControlState next) {
      for (InetAddress server : change.serversComing()) {
        macs.computeIfAbsent(server, any -> new MacAddress(FIRST_SERVER + macs.size()));
      }
    }

    @Override
    public void commit(ServiceDiff change, ControlState next) {
      for (Member member : change.fresh()) {
        slots.mac(member.slot(), mac(member.address()).bits());
      }
      director.serviceTable(next.serviceTables().getFirst(), ticker.nanos());
    }

    @Override
    public boolean retire(ControlState inForce) {
      return true;
    }
  }

  /**
   * Returns a builder.
   *
   * @param ticker the only clock there is
   */
  public static Builder builder(Ticker ticker) {
    return new Builder(ticker);
  }

  // --- frames ---

  /**
   * Takes a frame, and returns what becomes of it.
   *
   * @param frame from its Ethernet header on, without the frame check sequence; it is copied
   */
  @CanIgnoreReturnValue
  public SimulatedFrame frame(byte[] frame) {
    moveTime();
    ByteBuf buffer = Unpooled.wrappedBuffer(frame.clone());
    Decision decision = director.direct(buffer);
    Verdict verdict = decision.verdict();
    if (verdict.action() != Verdict.Action.FORWARD) {
      return new SimulatedFrame(verdict, Optional.empty(), List.of());
    }
    Member server = control.slotDirectory().member(decision.slot());
    List<byte[]> sent = new ArrayList<>();
    sent.add(octets(buffer, decision.vlan()));
    for (ByteBuf waited = decision.released(); waited != null; waited = decision.released()) {
      sent.add(octets(waited, decision.vlan()));
      waited.release();
    }
    return new SimulatedFrame(verdict, Optional.ofNullable(server).map(Member::address), sent);
  }

  private static byte[] octets(ByteBuf frame, int vlan) {
    ByteBuf out = Unpooled.buffer(frame.readableBytes() + Integer.BYTES);
    int start = frame.readerIndex();
    out.writeBytes(frame, start, ADDRESSES);
    if (vlan != 0) {
      out.writeShort(CUSTOMER_TAG).writeShort(vlan);
    }
    out.writeBytes(frame, start + ADDRESSES, frame.readableBytes() - ADDRESSES);
    byte[] octets = new byte[out.readableBytes()];
    out.readBytes(octets);
    return octets;
  }

  /**
   * Takes every frame of a capture, and writes what is sent to another one, at the times of the
   * frames that came. Time moves by the ticker alone, whatever the capture says.
   *
   * @param capture in the classic pcap format; read to its end and not closed
   * @param sent not closed
   * @return how many frames there were
   * @throws IOException if a stream fails, or {@code capture} is no capture of Ethernet frames; the
   *     message says what it is
   */
  @CanIgnoreReturnValue
  public long replay(InputStream capture, OutputStream sent) throws IOException {
    @SuppressWarnings("resource") // the caller's
    var reader = new PcapReader(capture);
    @SuppressWarnings("resource") // the caller's
    var writer = new PcapWriter(sent);
    while (reader.next()) {
      for (byte[] out : frame(reader.frame()).sent()) {
        writer.write(reader.epochNanos(), Unpooled.wrappedBuffer(out));
      }
    }
    sent.flush();
    return reader.count();
  }

  /** Tells what would become of a frame just now, and why; nothing is changed. */
  public Explanation explain(byte[] frame) {
    moveTime();
    return inspection.explain(Unpooled.wrappedBuffer(frame.clone()), control.slotDirectory());
  }

  private void moveTime() {
    long now = ticker.nanos();
    int before = director.connections();
    int idle = 0;
    // A bounded number of flows is forgotten at a time; a fragment that waits is never done.
    while (!director.advance(now) && idle < IDLE_STEPS) {
      idle = director.connections() < before ? 0 : idle + 1;
      before = director.connections();
    }
    change(() -> {
      if (load.version() != heededLoad) {
        heededLoad = load.version();
        control.overloaded(load.overloaded().stream().boxed().collect(Collectors.toSet()));
      }
      if (control.hasRemoved()) {
        control.reap();
      }
      control.retire();
    });
  }

  // --- what is remembered and counted ---

  /** Returns the flows that match, all of them. */
  public List<FlowEntry> flows(FlowFilter filter) {
    moveTime();
    SlotDirectory slotDirectory = control.slotDirectory();
    List<FlowEntry> found = new ArrayList<>();
    for (long next = 0; next != FlowPage.END; ) {
      FlowPage page =
          inspection.flows(filter, slotDirectory, next, Integer.MAX_VALUE, RECORDS_A_STEP);
      found.addAll(page.flows());
      next = page.next();
    }
    return found;
  }

  /** Returns how many frames had each verdict. */
  public Map<Verdict, Long> verdicts() {
    return director.verdicts().snapshot();
  }

  // --- services and servers ---

  /** Returns the services as they run now. */
  public List<VirtualService> services() {
    return control.services();
  }

  /**
   * Makes the services these and no others, as {@link io.dsr.core.Balancer#apply} does. Servers
   * that are new answer at once.
   *
   * @throws IllegalArgumentException if services conflict, a pin names an unknown server, or there
   *     are too many servers
   */
  public void apply(Collection<VirtualService> services) {
    services.forEach(Pins::check);
    Membership.check(services);
    Set<InetAddress> known = Set.copyOf(macs.keySet());
    change(() -> {
      control.apply(services);
      control.reachability(
          macs.keySet().stream()
              .filter(server -> !known.contains(server))
              .collect(Collectors.toMap(server -> server, any -> Reachability.REACHABLE)));
    });
  }

  /**
   * Sets whether a server answers ARP or neighbor discovery from now on; if not, it takes no new
   * flows.
   *
   * @throws IllegalArgumentException if no service ever had that server
   */
  public void reachable(InetAddress server, boolean answers) {
    MacAddress _ = mac(server);
    Reachability now = answers ? Reachability.REACHABLE : Reachability.UNREACHABLE;
    change(() -> control.reachability(Map.of(server, now)));
  }

  /**
   * Returns the MAC address that a server was given: a locally administered one of its own.
   *
   * @throws IllegalArgumentException if no service ever had that server
   */
  public MacAddress mac(InetAddress server) {
    MacAddress mac = macs.get(requireNonNull(server, "server"));
    if (mac == null) {
      throw new IllegalArgumentException(
          "server: " + IpPrefix.text(server) + " (expected: a server of a service)");
    }
    return mac;
  }

  @FunctionalInterface
  private interface Change {
    void make() throws Exception;
  }

  private static void change(Change change) {
    try {
      change.make();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("a simulator rejects no change", e);
    }
  }

  /** Lets go of fragments that wait. */
  @Override
  public void close() {
    director.close();
  }

  /** Builds a {@link Simulator}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private final Ticker ticker;
    private final List<VirtualService> services = new ArrayList<>();
    private HashKey hashKey = HashKey.PLACEMENT;
    private Admission admission = Admission.DEFAULT;
    private MacAddress mac = MacAddress.of("02:73:69:6d:ff:ff");
    private int maximumConnections = 1 << 16;
    private int maximumServers = 4_096;

    private Builder(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
    }

    /** Adds a service. */
    public Builder service(VirtualService service) {
      services.add(requireNonNull(service, "service"));
      return this;
    }

    /** Sets the key of placement hashes; the default is {@link HashKey#PLACEMENT}. */
    public Builder hashKey(HashKey key) {
      this.hashKey = requireNonNull(key, "hashKey");
      return this;
    }

    /** Sets what keeps the tables from filling; the default is {@link Admission#DEFAULT}. */
    public Builder admission(Admission settings) {
      this.admission = requireNonNull(settings, "admission");
      return this;
    }

    /** Sets the balancer's own MAC address; the default is {@code 02:73:69:6d:ff:ff}. */
    public Builder mac(MacAddress own) {
      this.mac = requireNonNull(own, "mac");
      return this;
    }

    /**
     * Sets how many connections are remembered at most, of each address family, 1 to 67,108,864;
     * the default is 65,536.
     */
    public Builder maximumConnections(int connections) {
      this.maximumConnections = connections;
      return this;
    }

    /**
     * Sets how many servers all services may have, by their addresses, 1 to 65,536; the default is
     * 4,096.
     */
    public Builder maximumServers(int servers) {
      this.maximumServers = servers;
      return this;
    }

    /**
     * Builds it, with the services in force and their servers answering.
     *
     * @throws IllegalArgumentException if a limit is out of range, or as {@link Simulator#apply}
     */
    @CheckReturnValue
    public Simulator build() {
      var simulator = new Simulator(this);
      simulator.apply(services);
      return simulator;
    }
  }
}
