package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.OWN;
import static io.dsr.core.datapath.ClientFrames.ROUTER;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.link;
import static io.dsr.core.datapath.ClientFrames.packet;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.Reachability;
import io.dsr.core.scheduler.Schedulers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FragmentsAndTagsTest {

  private final DirectorSetup setup = new DirectorSetup(1000);

  @AfterEach
  void close() {
    setup.director.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void laterFragmentsFollowTheFirst(String client) {
    setup.put(dns(client));
    Set<String> servers = new HashSet<>();
    for (int datagram = 0; datagram < 6; datagram++) {
      assertThat(setup.direct(first(client, datagram))).isEqualTo(Verdict.FORWARD_NEW);
      String server = setup.receiver();
      servers.add(server);
      assertThat(setup.direct(later(client, datagram, 1, true)))
          .isEqualTo(Verdict.FORWARD_FRAGMENT);
      assertThat(setup.receiver()).isEqualTo(server);
      assertThat(setup.direct(later(client, datagram, 2, false)))
          .isEqualTo(Verdict.FORWARD_FRAGMENT);
      assertThat(setup.receiver()).isEqualTo(server);
      assertThat(setup.director.decision().released()).isNull();
    }

    assertThat(servers).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void fragmentsThatComeTooEarlyWaitForTheFirst(String client) {
    setup.put(dns(client));
    byte[] late = later(client, 1, 2, false).bytes();
    assertThat(setup.direct(late)).isEqualTo(Verdict.HOLD_FRAGMENT);
    assertThat(setup.direct(later(client, 1, 1, true))).isEqualTo(Verdict.HOLD_FRAGMENT);
    assertThat(setup.director.decision().released()).isNull();

    assertThat(setup.direct(first(client, 1))).isEqualTo(Verdict.FORWARD_NEW);

    long mac = DirectorSetup.mac(setup.receiver());
    ByteBuf waited = requireNonNull(setup.director.decision().released());
    assertThat(waited.readableBytes()).isEqualTo(late.length);
    assertThat(waited.getLong(0) >>> 16).isEqualTo(mac);
    assertThat(waited.getLong(6) >>> 16).isEqualTo(OWN);
    byte[] rest = new byte[late.length - 12];
    waited.getBytes(12, rest);
    assertThat(rest).isEqualTo(Arrays.copyOfRange(late, 12, late.length));
    waited.release();
    requireNonNull(setup.director.decision().released()).release();
    assertThat(setup.director.decision().released()).isNull();
    assertThat(setup.director.verdicts().of(Verdict.FORWARD_FRAGMENT)).isEqualTo(2);
  }

  @Test
  void manyFragmentsWithoutAFirstFindNoRoomInTheEnd() {
    setup.put(dns(CLIENT));
    for (int datagram = 0; datagram < 2000; datagram++) {
      setup.direct(later(CLIENT, datagram, 1, false));
    }

    assertThat(setup.director.verdicts().of(Verdict.DROP_FRAGMENT)).isPositive();
    assertThat(setup.director.verdicts().of(Verdict.HOLD_FRAGMENT)).isBetween(1L, 1000L);
    setup.director.advance(3_000_000_000L);
    assertThat(setup.direct(later(CLIENT, 9, 1, false))).isEqualTo(Verdict.HOLD_FRAGMENT);
  }

  @Test
  void aTaggedFrameMovesToTheVlanOfItsServerAndStaysOnItsOwnWithoutOne() {
    setup.put(VirtualService.tcp(ClientFrames.VIP, 80).realServer("192.0.2.21"));
    FrameBuilder tagged =
        packet(CLIENT, FrameBuilder.text("").tcp(1, 80, SYN, 0, 0), 6).vlan(0x6007, 0x0800);
    byte[] frame = tagged.ethernet(OWN, ROUTER, 0x8100).bytes();
    setup.direct(frame);
    assertThat(tag(setup.sent())).isEqualTo(0x6007);

    RealServer moved = RealServer.of("192.0.2.21").vlan(20);
    setup.put(VirtualService.tcp(ClientFrames.VIP, 80).realServer(moved));
    byte[] sent = directTagged(frame);

    assertThat(tag(sent)).as("the priority stays").isEqualTo(0x6014);
    assertThat(setup.director.decision().vlan()).isZero();
  }

  private byte[] directTagged(byte[] frame) {
    ByteBuf buffer = io.netty.buffer.Unpooled.wrappedBuffer(frame.clone());
    assertThat(setup.director.direct(buffer).verdict()).isEqualTo(Verdict.FORWARD_FLOW);
    return buffer.array();
  }

  private static int tag(byte[] frame) {
    return ((frame[14] & 0xff) << 8) | (frame[15] & 0xff);
  }

  @Test
  void anUntaggedFrameForAServerOnAVlanHasToBeTagged() {
    RealServer server = RealServer.of("192.0.2.21").vlan(20);
    setup.put(VirtualService.tcp(ClientFrames.VIP, 80).realServer(server));

    setup.direct(tcp(CLIENT, 1, SYN));
    assertThat(setup.director.decision().vlan()).isEqualTo(20);

    setup.direct(tcp(CLIENT, 1, SYN).truncate(20));
    assertThat(setup.director.decision().vlan()).isZero();
  }

  @Test
  void aFlowOfARemovedServiceStaysOnTheVlanOfItsServer() {
    RealServer server = RealServer.of("192.0.2.21").vlan(20);
    VirtualService web = VirtualService.tcp(ClientFrames.VIP, 80).realServer(server);
    setup.put(web).put(VirtualService.tcp(ClientFrames.VIP, 81));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.direct(tcp(CLIENT, 1, ACK));

    setup.change(before -> before.remove(web.key()));
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.director.decision().vlan()).isEqualTo(20);

    setup.reachability("192.0.2.21", Reachability.UNREACHABLE);
    setup.direct(tcp(CLIENT, 1, ACK));
    assertThat(setup.director.decision().vlan()).as("made from another table").isEqualTo(20);

    setup.change(before -> before.reap(any -> true));
    assertThat(setup.serviceTable.vlan(0)).as("reaped").isZero();
  }

  @ParameterizedTest
  @CsvSource({
    CLIENT + ", true, true", CLIENT + ", true, false", CLIENT + ", false, true",
    CLIENT + ", false, false", CLIENT6 + ", true, true", CLIENT6 + ", true, false",
    CLIENT6 + ", false, true", CLIENT6 + ", false, false"
  })
  void aFragmentThatWaitedMovesToTheVlanOfItsServer(
      String client, boolean firstTagged, boolean laterTagged) {
    setup.put(dns(client, 20));
    FrameBuilder late = laterPacket(client, 1, 1, false);
    byte[] sent = late.vlan(0x6014, type(client)).ethernet(OWN, ROUTER, 0x8100).bytes();
    setup.direct(onLink(laterPacket(client, 1, 1, false), client, laterTagged));

    setup.director.direct(onLink(firstPacket(client, 1), client, firstTagged).buffer());

    Decision decision = setup.director.decision();
    assertThat(decision.vlan()).as("of the first").isEqualTo(firstTagged ? 0 : 20);
    ByteBuf waited = requireNonNull(decision.released());
    assertThat(decision.vlan()).as("of the one that waited").isEqualTo(laterTagged ? 0 : 20);
    byte[] rest = ByteBufUtil.getBytes(waited, 12, waited.readableBytes() - 12);
    int from = laterTagged ? 12 : 16;
    assertThat(rest).isEqualTo(Arrays.copyOfRange(sent, from, sent.length));
    waited.release();
    assertThat(decision.released()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aFragmentThatWaitedKeepsItsTagIfItsServerIsOnNoVlan(String client) {
    setup.put(dns(client));
    byte[] late = onLink(laterPacket(client, 1, 1, false), client, true).bytes();
    setup.direct(late);

    setup.direct(first(client, 1));

    ByteBuf waited = requireNonNull(setup.director.decision().released());
    assertThat(setup.director.decision().vlan()).isZero();
    assertThat(ByteBufUtil.getBytes(waited, 12, waited.readableBytes() - 12))
        .isEqualTo(Arrays.copyOfRange(late, 12, late.length));
    waited.release();
  }

  private static FrameBuilder onLink(FrameBuilder packet, String client, boolean tagged) {
    return tagged
        ? packet.vlan(0x6007, type(client)).ethernet(OWN, ROUTER, 0x8100)
        : link(packet, client);
  }

  private static int type(String client) {
    return isIpv6(client) ? 0x86dd : 0x0800;
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void anSctpAssociationStaysWithItsServer(String client) {
    setup.put(service(new ServiceKey(Protocol.SCTP, vip(client), 3868), client));
    assertThat(setup.direct(sctp(client, 1, 1))).isEqualTo(Verdict.FORWARD_NEW);
    String server = setup.receiver();
    assertThat(setup.direct(sctp(client, 2, 1))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(server);

    assertThat(setup.direct(sctp(client, 1, 10))).isEqualTo(Verdict.FORWARD_FLOW);

    assertThat(setup.receiver()).isEqualTo(server);
    assertThat(setup.direct(sctp(client, 3, 0))).isEqualTo(Verdict.FORWARD_MIDFLOW);
  }

  private static FrameBuilder sctp(String client, int port, int chunk) {
    FrameBuilder packet =
        FrameBuilder.text("").chunk(chunk, "sixteen octets..").sctp(port, 3868, 7);
    return link(packet(client, packet, 132), client);
  }

  private static FrameBuilder first(String client, int datagram) {
    return link(firstPacket(client, datagram), client);
  }

  private static FrameBuilder later(String client, int datagram, int number, boolean more) {
    return link(laterPacket(client, datagram, number, more), client);
  }

  private static FrameBuilder firstPacket(String client, int datagram) {
    FrameBuilder part = FrameBuilder.text("a datagram that goes on..").udp(1000 + datagram, 53);
    return fragment(client, part, datagram, 0, true);
  }

  private static FrameBuilder laterPacket(String client, int datagram, int number, boolean more) {
    return fragment(client, FrameBuilder.text("more of it"), datagram, number * 4, more);
  }

  private static FrameBuilder fragment(
      String client, FrameBuilder part, int datagram, int offset, boolean more) {
    if (isIpv6(client)) {
      return packet(client, part.fragment(17, offset << 3, more, datagram), 44);
    }
    int field = (more ? 0x2000 : 0) | offset;
    return part.ipv4(client, ClientFrames.VIP, 17, field, new byte[0]).identification(datagram);
  }

  private static VirtualService dns(String client) {
    return service(new ServiceKey(Protocol.UDP, vip(client), 53), client);
  }

  private static VirtualService dns(String client, int vlan) {
    VirtualService service = dns(client);
    return service.realServers(
        service.realServers().stream().map(server -> server.vlan(vlan)).toList());
  }

  private static VirtualService service(ServiceKey key, String client) {
    boolean wide = isIpv6(client);
    return VirtualService.of(key)
        .scheduler(Schedulers.roundRobin())
        .realServer(wide ? "2001:db8::21" : "192.0.2.21")
        .realServer(wide ? "2001:db8::22" : "192.0.2.22");
  }

  private static InetAddress vip(String client) {
    return InetAddress.ofLiteral(isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP);
  }
}
