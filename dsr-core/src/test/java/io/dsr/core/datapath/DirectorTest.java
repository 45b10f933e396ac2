package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.OWN;
import static io.dsr.core.datapath.ClientFrames.ROUTER;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.VIP;
import static io.dsr.core.datapath.ClientFrames.VIP6;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.TcpState;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.scheduler.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the frames of flows, for both families alike. */
final class DirectorTest {

  private static final int FLOWS = 60;

  private final DirectorSetup setup = new DirectorSetup();

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void keepsAFlowOnTheServerThatTookIt(String client) {
    setup.put(service(client, 3));

    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    String first = setup.receiver();
    assertThat(setup.direct(tcp(client, 2, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(first);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(first);
    assertThat(setup.director.connections()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void keepsDatagramsOfOneFlowOnOneServer(String client) {
    VirtualService dns = VirtualService.udp(vip(client), 53).scheduler(Schedulers.roundRobin());
    setup.put(dns.realServer(server(client, 1)).realServer(server(client, 2)));

    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_NEW);
    String first = setup.receiver();
    assertThat(setup.direct(udp(client, 2))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(first);
    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void placesUnknownFlowsWhereEveryOtherBalancerWould(String client) {
    var other = new DirectorSetup();
    other.put(VirtualService.tcp(vip(client), 8080).realServer(server(client, 3)));
    other.put(service(client, 3));
    setup.put(service(client, 3));
    List<String> here = new ArrayList<>();
    List<String> there = new ArrayList<>();
    for (int port = 1; port <= FLOWS; port++) {
      // Round robin would be out of step: here one more flow has begun.
      setup.direct(tcp(client, 1000 + port, SYN));
      setup.direct(tcp(client, 2000 + port, SYN));
      assertThat(setup.direct(tcp(client, port, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);
      here.add(setup.receiver());
    }
    for (int port = FLOWS; port >= 1; port--) {
      assertThat(other.direct(tcp(client, port, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);
      there.addFirst(other.receiver());
      assertThat(other.direct(tcp(client, port, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
      assertThat(other.receiver()).isEqualTo(there.getFirst());
    }
    assertThat(there).isEqualTo(here);
    assertThat(new HashSet<>(here)).hasSize(3);
    assertThat(slotOf(other, client, 1)).isNotEqualTo(slotOf(setup, client, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void placesByHashWhatDoesNotFitInTheTable(String client) {
    var small = new DirectorSetup(2);
    small.put(service(client, 3));
    for (int port = 1001; port <= 1004; port++) {
      small.direct(tcp(client, port, SYN));
      small.direct(tcp(client, port, port <= 1002 ? ACK : SYN));
    }
    setup.put(service(client, 3));
    Set<String> receivers = new HashSet<>();
    for (int port = 1; port <= FLOWS; port++) {
      setup.direct(tcp(client, port, ACK));
      for (int flags : new int[] {SYN, ACK, FIN | ACK}) {
        Verdict full = flags == SYN ? Verdict.FORWARD_SYN_TABLE_FULL : Verdict.FORWARD_TABLE_FULL;
        assertThat(small.direct(tcp(client, port, flags))).isEqualTo(full);
        assertThat(small.receiver()).isEqualTo(setup.receiver());
      }
      receivers.add(small.receiver());
    }
    assertThat(receivers).hasSize(3);
    assertThat(small.direct(tcp(client, 1001, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(small.director.connections()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void remembersNoFlowForAReset(String client) {
    setup.put(service(client, 3));

    assertThat(setup.direct(tcp(client, 1, RST))).isEqualTo(Verdict.FORWARD_MIDFLOW);
    String receiver = setup.receiver();

    assertThat(setup.director.connections()).isZero();
    setup.direct(tcp(client, 1, ACK));
    assertThat(setup.receiver()).isEqualTo(receiver);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void schedulesAnewWhenAClientReusesItsPort(String client) {
    setup.put(service(client, 2));
    setup.direct(tcp(client, 1, SYN));
    String first = setup.receiver();
    setup.direct(tcp(client, 1, ACK));
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(first);
    setup.direct(tcp(client, 1, FIN | ACK));
    assertThat(setup.direct(tcp(client, 1, SYN | ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    setup.direct(tcp(client, 1, ACK));
    setup.direct(tcp(client, 1, FIN | ACK));

    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);

    assertThat(setup.receiver()).isNotEqualTo(first);
    assertThat(setup.director.connections()).isEqualTo(1);
    FlowTracker table = setup.table(client, 1);
    assertThat(table.state(setup.record(client, 1))).isEqualTo(TcpState.SYN_RECEIVED);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void sendsAnIcmpErrorToTheServerWhoseFlowItQuotes(String client) {
    setup.put(service(client, 3));
    Set<String> receivers = new HashSet<>();
    for (int port = 1; port <= FLOWS; port++) {
      setup.direct(tcp(client, port, SYN));
      String owner = setup.receiver();

      assertThat(setup.direct(tooBig(client, port))).isEqualTo(Verdict.FORWARD_ICMP_ERROR);

      assertThat(setup.receiver()).isEqualTo(owner);
      receivers.add(owner);
    }
    assertThat(receivers).hasSize(3);
    assertThat(setup.director.connections()).isEqualTo(FLOWS);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void sendsAnIcmpErrorOfAnUnknownFlowWhereItsHashSays(String client) {
    setup.put(service(client, 3));
    for (int port = 1; port <= FLOWS; port++) {
      assertThat(setup.direct(tooBig(client, port))).isEqualTo(Verdict.FORWARD_ICMP_ERROR);
      String receiver = setup.receiver();
      assertThat(setup.director.connections()).isEqualTo(port - 1);

      assertThat(setup.direct(tcp(client, port, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);

      assertThat(setup.receiver()).isEqualTo(receiver);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void keepsTagsTimeToLiveAndPayload(String client) {
    setup.put(service(client, 3));
    int type = isIpv6(client) ? 0x86dd : 0x0800;
    FrameBuilder packet =
        ClientFrames.packet(client, FrameBuilder.text("abc").tcp(1, 80, SYN, 1, 2), 6);
    FrameBuilder tagged =
        packet.vlan(0x2064, type).vlan(0x0007, 0x8100).ethernet(OWN, ROUTER, 0x88a8);
    byte[] before = tagged.bytes();

    assertThat(setup.direct(tagged)).isEqualTo(Verdict.FORWARD_NEW);

    byte[] after = setup.sent();
    assertThat(after).hasSameSizeAs(before);
    for (int i = 12; i < before.length; i++) {
      assertThat(after[i]).as("byte %d", i).isEqualTo(before[i]);
    }
    assertThat(after[14 + 8 + (isIpv6(client) ? 7 : 8)]).isEqualTo((byte) 64);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void takesNoMoreThanTwoTags(String client) {
    setup.put(service(client, 3));
    FrameBuilder three = FrameBuilder.text("x").vlan(1, 0x800).vlan(2, 0x8100).vlan(3, 0x8100);

    assertThat(setup.direct(three.ethernet(OWN, ROUTER, 0x88a8))).isEqualTo(Verdict.DROP_BAD_VLAN);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void remembersWhereAFlowComesFromAndWhatItAcknowledged(String client) {
    setup.put(service(client, 1));
    setup.direct(tcp(client, 1, SYN));
    FlowTracker table = setup.table(client, 1);
    int record = setup.record(client, 1);
    assertThat(upstream(table, record)).isEqualTo(ROUTER);
    assertThat(table.hasAcknowledgement(record)).isFalse();
    assertThat(table.sequenceEnd(record)).isEqualTo(1001);

    FrameBuilder moved =
        ClientFrames.packet(client, FrameBuilder.text("abc").tcp(1, 80, ACK, 1001, 7777), 6);
    long otherRouter = 0xfedc00000001L;
    setup.direct(moved.ethernet(OWN, otherRouter, isIpv6(client) ? 0x86dd : 0x0800));

    table = setup.table(client, 1);
    record = setup.record(client, 1);
    assertThat(upstream(table, record)).isEqualTo(otherRouter);
    assertThat(table.hasAcknowledgement(record)).isTrue();
    assertThat(table.acknowledgement(record)).isEqualTo(7777);
    assertThat(table.sequenceEnd(record)).isEqualTo(1004);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void forgetsFlowsThatAreSilentForTooLong(String client) {
    setup.put(service(client, 1));
    setup.direct(tcp(client, 1, SYN));

    assertThat(setup.director.advance(59_000_000_000L)).isTrue();
    assertThat(setup.director.connections()).isEqualTo(1);
    assertThat(setup.director.advance(61_000_000_000L)).isTrue();
    assertThat(setup.director.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void saysWhetherFlowsAreLeftToForget(String client) {
    setup.put(service(client, 1));
    for (int port = 1; port <= 600; port++) {
      setup.direct(tcp(client, port, SYN));
    }

    assertThat(setup.director.advance(86_400_000_000_000L)).isFalse();
    assertThat(setup.director.connections()).isPositive();
    assertThat(setup.director.advance(86_400_000_000_000L)).isFalse();
    assertThat(setup.director.advance(86_400_000_000_000L)).isTrue();
    assertThat(setup.director.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void doesNotKnowAFlowWhoseTimeHasPassedThoughItIsForgottenOnlyAfterTheBatch(String client) {
    setup.put(service(client, 3));
    setup.direct(tcp(client, 1, SYN));
    setup.direct(tcp(client, 2, SYN));

    setup.director.time(86_400_000_000_000L);
    assertThat(setup.director.connections()).isEqualTo(2);
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    setup.director.expire();

    assertThat(setup.director.connections()).isEqualTo(1);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void countsNoFlowAgainstANewOneWhoseTimeHasPassed(String client) {
    var small = new DirectorSetup(1);
    VirtualService dns = VirtualService.udp(vip(client), 53);
    SourceLimits limits = SourceLimits.perAddress().connections(1).ban(Duration.ofMinutes(1));
    small.put(dns.realServer(server(client, 1)).rules(ServiceRules.DEFAULT.limits(limits)));
    assertThat(small.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_NEW);

    small.director.time(86_400_000_000_000L);

    assertThat(small.direct(udp(client, 2))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(small.director.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void dropsWhatItHasSentItself(String client) {
    setup.put(service(client, 2));
    setup.direct(tcp(client, 1, SYN));
    byte[] returned = setup.sent();

    assertThat(setup.direct(returned)).isEqualTo(Verdict.DROP_OWN_FRAME);
  }

  @Test
  void leavesTheOtherFamilyToOthersUntilItHasAService() {
    setup.put(service(CLIENT, 1));

    assertThat(setup.direct(tcp(CLIENT6, 1, SYN))).isEqualTo(Verdict.PASS_NOT_OURS);
    assertThat(setup.direct(udp(CLIENT6, 1))).isEqualTo(Verdict.PASS_NOT_OURS);
    setup.put(service(CLIENT6, 1));
    assertThat(setup.direct(tcp(CLIENT6, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
  }

  @Test
  void countsFramesBytesAndConnectionsOfEachServer() {
    setup.put(service(CLIENT, 1));
    setup.direct(tcp(CLIENT, 1, SYN).pad(60));
    setup.direct(tcp(CLIENT, 1, ACK).pad(100));
    setup.direct(tcp(CLIENT, 2, SYN).truncate(20));

    assertThat(setup.counters.frames(0)).isEqualTo(2);
    assertThat(setup.counters.bytes(0)).isEqualTo(160);
    assertThat(setup.counters.connections(0)).isEqualTo(1);
    assertThat(setup.counters.active(0)).isEqualTo(1);
  }

  private long upstream(FlowTracker table, int record) {
    return setup.director.forwarder().upstreams().mac(table.upstream(record));
  }

  private static int slotOf(DirectorSetup of, String client, int port) {
    return of.table(client, port).slot(of.record(client, port));
  }

  private static VirtualService service(String client, int servers) {
    VirtualService service = VirtualService.tcp(vip(client), 80).scheduler(Schedulers.roundRobin());
    for (int i = 1; i <= servers; i++) {
      service = service.realServer(server(client, i));
    }
    return service;
  }

  private static String vip(String client) {
    return isIpv6(client) ? VIP6 : VIP;
  }

  private static String server(String client, int number) {
    return isIpv6(client) ? "2001:db8:0:0:0:0:0:2" + number : "192.0.2.2" + number;
  }

  @Test
  void sendsToAServerFromTheAddressOfTheLinkThatLeadsThere() {
    setup.put(service(CLIENT, 1));
    setup.sources(OWN, 0x0200_5e99_0002L);
    setup.slots.nextHop(0, 1, setup.slots.mac(0));

    assertThat(setup.direct(tcp(CLIENT, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.director.decision().link()).isEqualTo(1);

    setup.sources(OWN, -1);
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.DROP_NO_INTERFACE);
  }
}
