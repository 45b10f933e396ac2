package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.frame.Addresses;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.inspect.Inspection;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A director with its control side, and what must hold for every frame: the indices stay, bytes
 * around it stay, and of its own only the MAC addresses of one that is forwarded change.
 */
final class DirectorSetup {

  static final String NOBODY = "nobody";

  private static final int GUARD = 32;
  private static final int MACS = 12;

  final Slots slots = new Slots(512);
  final ServerCounters counters = new ServerCounters(512);
  final OverloadDetector load = new OverloadDetector(counters, 512);
  final VipGates gates = new VipGates(/* open= */ true);
  final Director director;
  final ServiceTableBuilder tableBuilder;
  long now;
  Membership membership = Membership.empty(slots, () -> now);
  ServiceTable serviceTable = ServiceTable.EMPTY;

  private long[] sources = {ClientFrames.OWN};
  private String receiver = NOBODY;
  private byte[] sent = new byte[0];

  DirectorSetup(int maximumConnections) {
    this(maximumConnections, Admission.DEFAULT.newFlowsPerSecond(0));
  }

  DirectorSetup(int maximumConnections, Admission admission) {
    this(maximumConnections, admission, Director.Rooms.DEFAULT);
  }

  DirectorSetup(int maximumConnections, Admission admission, Director.Rooms rooms) {
    var limits = new DirectorLimits(maximumConnections, HashKey.PLACEMENT, admission);
    director = new Director(slots, load, ClientFrames.OWN, limits, 0, rooms);
    director.gates(gates);
    tableBuilder = new ServiceTableBuilder(List.of(load), HashKey.PLACEMENT, () -> now, 1000);
  }

  DirectorSetup() {
    this(1000);
  }

  /** Returns a MAC address of its own for each server. */
  static long mac(String server) {
    byte[] octets = Addresses.address(server);
    return 0xf2000000_0000L | (octets.length << 8) | (octets[octets.length - 1] & 0xff);
  }

  /** Adds or changes a service, whose servers are all reachable at once. */
  DirectorSetup put(VirtualService service) {
    change(before -> before.put(service));
    for (RealServer server : service.realServers()) {
      String address = server.address().getHostAddress();
      resolve(address, mac(address));
      change(before -> before.reachability(server.address(), Reachability.REACHABLE));
    }
    return this;
  }

  /** Changes the membership, and gives the director the service table for it. */
  void change(UnaryOperator<Membership> change) {
    membership = change.apply(membership);
    serviceTable = tableBuilder.serviceTable(membership, serviceTable);
    for (ServiceMembers service : membership.services()) {
      service.members().forEach(member -> slots.begin(member.slot(), member.generation()));
      service
          .members()
          .forEach(
              member -> slots.removalPolicy(member.slot(), member.condition().removalPolicy()));
    }
    director.serviceTable(serviceTable, now);
  }

  /** Gives our address on each link, -1 for one that is gone. */
  void sources(long... now) {
    sources = now;
    director.sources(now);
  }

  void reachability(String server, Reachability reachability) {
    change(before -> before.reachability(InetAddress.ofLiteral(server), reachability));
  }

  /** Sets the MAC address of a server in all its slots. */
  void resolve(String server, long mac) {
    InetAddress address = InetAddress.ofLiteral(server);
    membership.services().stream()
        .flatMap(service -> service.members().stream())
        .filter(member -> member.address().equals(address))
        .mapToInt(Member::slot)
        .forEach(slot -> slots.mac(slot, mac));
  }

  /** Lets the director decide about a frame. */
  Verdict direct(FrameBuilder frame) {
    return direct(frame.bytes());
  }

  /** Lets the director decide about a frame. */
  Verdict direct(byte[] frame) {
    byte[] around = new byte[GUARD + frame.length + GUARD];
    Arrays.fill(around, (byte) 0xa5);
    System.arraycopy(frame, 0, around, GUARD, frame.length);
    ByteBuf buffer = Unpooled.wrappedBuffer(around.clone());
    buffer.setIndex(GUARD, GUARD + frame.length);
    long counted = director.verdicts().of(Verdict.FORWARD_FLOW);

    Verdict verdict = director.direct(buffer).verdict();

    assertThat(buffer.readerIndex()).isEqualTo(GUARD);
    assertThat(buffer.writerIndex()).isEqualTo(GUARD + frame.length);
    byte[] after = buffer.array();
    if (verdict.action() == Verdict.Action.FORWARD) {
      receiver = name(longAt(after, GUARD));
      assertThat(longAt(after, GUARD + 6))
          .as("source")
          .isEqualTo(sources[director.decision().link()]);
      System.arraycopy(after, GUARD, around, GUARD, MACS);
    } else {
      receiver = NOBODY;
    }
    assertThat(after).isEqualTo(around);
    assertThat(director.verdicts().of(Verdict.FORWARD_FLOW))
        .isEqualTo(counted + (verdict == Verdict.FORWARD_FLOW ? 1 : 0));
    sent = Arrays.copyOfRange(after, GUARD, GUARD + frame.length);
    return verdict;
  }

  /** Returns the server that got the last frame, {@link #NOBODY} if none did. */
  String receiver() {
    return receiver;
  }

  /** Returns the last frame as the director left it. */
  byte[] sent() {
    return sent.clone();
  }

  /** Returns the record of a client's flow to port 80. */
  int record(String client, int port) {
    return table(client, port).find(key(client, port));
  }

  Inspection inspection() {
    return new Inspection(director);
  }

  /** Returns the MAC address that a client's flow to port 80 comes from. */
  long upstream(String client, int port) {
    int number = table(client, port).upstream(record(client, port));
    return director.forwarder().upstreams().mac(number);
  }

  /** Returns the table that the flow is in, or would be in as one that goes on. */
  FlowTracker table(String client, int port) {
    return tables(client).of(key(client, port));
  }

  /** Returns the tables of the client's family. */
  FamilyFlows tables(String client) {
    return Objects.requireNonNull(
        director.flowTables().of(key(client, 1)), "no plan has that family");
  }

  private static FlowKey key(String client, int port) {
    var key = new FlowKey(HashKey.PLACEMENT);
    if (ClientFrames.isIpv6(client)) {
      String vip = ClientFrames.VIP6;
      key.ipv6(
              Addresses.ipv6(client, 0),
              Addresses.ipv6(client, 1),
              Addresses.ipv6(vip, 0),
              Addresses.ipv6(vip, 1))
          .transport(port, 80, 6);
    } else {
      key.ipv4(Addresses.ipv4(client), Addresses.ipv4(ClientFrames.VIP), port, 80, 6);
    }
    return key;
  }

  private String name(long mac) {
    return membership.servers().stream()
        .map(InetAddress::getHostAddress)
        .filter(server -> mac(server) == mac)
        .findAny()
        .orElseThrow(() -> new AssertionError("sent to " + Long.toHexString(mac)));
  }

  private static long longAt(byte[] bytes, int index) {
    return Unpooled.wrappedBuffer(bytes).getLong(index) >>> 16;
  }
}
