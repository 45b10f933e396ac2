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
import io.dsr.core.MacAddress;
import io.dsr.core.Ticker;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.Decision;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.datapath.ServiceTableBuilder;
import io.dsr.core.frame.PcapReader;
import io.dsr.core.frame.PcapWriter;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
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
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

  private final Ticker ticker;
  private final Slots slots;
  private final OverloadDetector load;
  private final Director director;
  private final ServiceTableBuilder tables;
  private final Map<InetAddress, MacAddress> macs = new HashMap<>();
  private Membership membership;
  private List<ServiceTable> table;
  private int heededLoad;

  private Simulator(Builder builder) {
    this.ticker = builder.ticker;
    this.slots = new Slots(builder.maximumServers);
    var counters = new ServerCounters(slots.count());
    this.load = new OverloadDetector(counters, slots.count());
    var limits = new DirectorLimits(builder.maximumConnections, builder.hashKey, builder.admission);
    this.director = new Director(slots, load, builder.mac.bits(), limits, ticker.nanos());
    this.tables = new ServiceTableBuilder(List.of(load), builder.hashKey, ticker, MAXIMUM_CLIENTS);
    this.membership = Membership.empty(slots, ticker);
    this.table = tables.none();
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
    Member server = SlotDirectory.of(membership).member(decision.slot());
    int vlan = decision.vlan();
    List<byte[]> sent = new ArrayList<>();
    sent.add(octets(buffer, vlan));
    for (ByteBuf waited = decision.released(); waited != null; waited = decision.released()) {
      sent.add(octets(waited, vlan));
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
    return director
        .inspection()
        .explain(Unpooled.wrappedBuffer(frame.clone()), SlotDirectory.of(membership));
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
    if (load.version() != heededLoad) {
      heededLoad = load.version();
      Set<Integer> full = load.overloaded().stream().boxed().collect(Collectors.toSet());
      change(members -> members.overload(full));
    }
    if (membership.hasRemoved()) {
      change(members -> members.reap(this::isIdle));
    }
  }

  private boolean isIdle(Member member) {
    ServerCounters counters = load.counters();
    return counters.active(member.slot()) + counters.inactive(member.slot()) == 0;
  }

  // --- what is remembered and counted ---

  /** Returns the flows that match, all of them. */
  public List<FlowEntry> flows(FlowFilter filter) {
    moveTime();
    SlotDirectory slotDirectory = SlotDirectory.of(membership);
    List<FlowEntry> found = new ArrayList<>();
    for (long next = 0; next != FlowPage.END; ) {
      FlowPage page =
          director
              .inspection()
              .flows(filter, slotDirectory, next, Integer.MAX_VALUE, RECORDS_A_STEP);
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
    return membership.services().stream()
        .filter(members -> !members.removed())
        .map(ServiceMembers::service)
        .toList();
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
    change(members -> members.apply(services));
    Map<InetAddress, Reachability> news = new HashMap<>();
    for (InetAddress server : membership.servers()) {
      if (!macs.containsKey(server)) {
        macs.put(server, new MacAddress(FIRST_SERVER + macs.size()));
        news.put(server, Reachability.REACHABLE);
      }
    }
    change(members -> members.reachability(news));
  }

  /**
   * Has a server answer ARP or neighbor discovery from now on, or no more: it takes no new flows
   * then.
   *
   * @throws IllegalArgumentException if no service ever had that server
   */
  public void reachable(InetAddress server, boolean answers) {
    requireNonNull(mac(server));
    Reachability now = answers ? Reachability.REACHABLE : Reachability.UNREACHABLE;
    change(members -> members.reachability(Map.of(server, now)));
  }

  /**
   * Returns the MAC address that a server was given: {@code 02:73:69:6d:00:01} for the first.
   *
   * @throws IllegalArgumentException if no service ever had that server
   */
  public MacAddress mac(InetAddress server) {
    MacAddress mac = macs.get(requireNonNull(server, "server"));
    if (mac == null) {
      throw new IllegalArgumentException(
          "server: " + server.getHostAddress() + " (expected: a server of a service)");
    }
    return mac;
  }

  private void change(UnaryOperator<Membership> change) {
    Membership after = change.apply(membership);
    if (after == membership) {
      return;
    }
    List<ServiceTable> next = tables.serviceTables(after, table);
    for (ServiceMembers service : after.services()) {
      for (Member member : service.members()) {
        if (isFresh(member)) {
          load.counters().clear(member.slot());
        }
        slots.removalPolicy(member.slot(), member.condition().removalPolicy());
        MacAddress mac = macs.get(member.address());
        if (mac != null) {
          slots.mac(member.slot(), mac.bits());
        }
      }
    }
    membership = after;
    table = next;
    director.serviceTable(table.getFirst(), ticker.nanos());
  }

  private boolean isFresh(Member member) {
    @Nullable Member before = SlotDirectory.of(membership).member(member.slot());
    return before == null || before.generation() != member.generation();
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

    /** Gives the key of placement hashes; the default is {@link HashKey#PLACEMENT}. */
    public Builder hashKey(HashKey key) {
      this.hashKey = requireNonNull(key, "hashKey");
      return this;
    }

    /** Gives what keeps the tables from filling; the default is {@link Admission#DEFAULT}. */
    public Builder admission(Admission settings) {
      this.admission = requireNonNull(settings, "admission");
      return this;
    }

    /** Gives the balancer's own MAC address; the default is {@code 02:73:69:6d:ff:ff}. */
    public Builder mac(MacAddress own) {
      this.mac = requireNonNull(own, "mac");
      return this;
    }

    /**
     * Gives how many connections are remembered at most, of each address family, 1 to 67,108,864;
     * the default is 65,536.
     */
    public Builder maximumConnections(int connections) {
      this.maximumConnections = connections;
      return this;
    }

    /** Gives how many servers all services may have, 1 to 65,536; the default is 4,096. */
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
