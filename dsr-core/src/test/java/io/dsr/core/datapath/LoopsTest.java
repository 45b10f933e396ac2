package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.packet;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowTracking;
import io.dsr.core.ServiceRules;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.scheduler.Schedulers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which frames count as ones of a loop, and that no loop goes on for ever. */
final class LoopsTest {

  private static final int BALANCERS = 3;

  /** How often a packet passes one balancer of a ring: once, and each time it may come back. */
  private static final int ROUNDS = 1 + ReturnGuard.REPETITIONS + 1;

  private final DirectorSetup setup = new DirectorSetup();

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aServerOfOneServiceIsAClientOfAnother(String client) {
    setup.put(web(client).realServer(server(client, 1)));
    setup.put(dns(client).realServer(server(client, 2)));
    long first = DirectorSetup.mac(server(client, 1));

    assertThat(direct(udp(client, 1), first)).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(InetAddress.ofLiteral(setup.receiver()))
        .isEqualTo(InetAddress.ofLiteral(server(client, 2)));
    for (int datagram = 0; datagram < 10; datagram++) {
      FrameBuilder next = packet(client, FrameBuilder.text("q" + datagram).udp(1, 53), 17);
      assertThat(setup.direct(link(next, first, client))).isEqualTo(Verdict.FORWARD_FLOW);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aServerIsTheRouterOfClients(String client) {
    setup.put(web(client).realServer(server(client, 1)).realServer(server(client, 2)));
    long first = DirectorSetup.mac(server(client, 1));
    int served = 0;
    for (int port = 1; port <= 10; port++) {
      boolean serves = direct(tcp(client, port, SYN), first) == Verdict.FORWARD_NEW;
      served += serves ? 1 : 0;
      assertThat(direct(tcp(client, port, ACK), first) == Verdict.FORWARD_FLOW || !serves).isTrue();
    }

    assertThat(served).isBetween(4, 6);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aClientBehindARouterThatIsItsServerIsServedAtItsNextAttempt(String client) {
    setup.put(web(client).realServer(server(client, 1)).realServer(server(client, 2)));
    long first = DirectorSetup.mac(server(client, 1));
    for (int port = 1; port <= 10; port++) {
      int attempts = 1;
      while (direct(tcp(client, port, SYN), first) == Verdict.DROP_LOOP) {
        attempts++;
      }
      assertThat(attempts).isLessThanOrEqualTo(2);
      assertThat(direct(tcp(client, port, ACK), first)).isEqualTo(Verdict.FORWARD_FLOW);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aFrameFromItsOwnServerIsALoopAndBeginsNoFlow(String client) {
    setup.put(web(client).realServer(server(client, 1)));
    long first = DirectorSetup.mac(server(client, 1));

    assertThat(direct(tcp(client, 1, SYN), first)).isEqualTo(Verdict.DROP_LOOP);
    assertThat(setup.director.connections()).isZero();

    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(direct(tcp(client, 1, SYN), first)).isEqualTo(Verdict.DROP_LOOP);
    assertThat(setup.upstream(client, 1)).isEqualTo(ClientFrames.ROUTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aFlowThatTookAnotherRouterMayRepeatItself(String client) {
    setup.put(dns(client).realServer(server(client, 1)));
    setup.direct(udp(client, 1));
    long router = ClientFrames.ROUTER + 1;
    int dropped = 0;
    for (int millis = 0; millis < 3_000; millis += 10) {
      setup.director.time(millis * 1_000_000L);
      Verdict verdict = direct(udp(client, 1), router);
      dropped += verdict == Verdict.FORWARD_FLOW ? 0 : 1;
      if (millis > 2_200) {
        assertThat(verdict).as("%d ms", millis).isEqualTo(Verdict.FORWARD_FLOW);
      }
    }
    assertThat(dropped).isLessThan(220);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aFlowThatAServerBeginsOrThatBeginsAnewMayRepeatItself(String client) {
    setup.put(dns(client).realServer(server(client, 1)).realServer(server(client, 2)));
    setup.put(web(client).realServer(server(client, 3)));
    setup.direct(udp(client, 1));
    setup.change(before -> before.put(dns(client).realServer(server(client, 2))));
    setup.put(dns(client).realServer(server(client, 2)));
    for (int again = 0; again < 100; again++) {
      assertThat(setup.direct(udp(client, 1)).action()).isEqualTo(Verdict.Action.FORWARD);
      assertThat(direct(udp(client, 2), DirectorSetup.mac(server(client, 3))).action())
          .isEqualTo(Verdict.Action.FORWARD);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aPacketGoesRoundARingAFewTimesAtMost(String client) {
    for (FlowTracking tracking : FlowTracking.values()) {
      ServiceRules rules = ServiceRules.DEFAULT.tracking(tracking);
      if (tracking != FlowTracking.ONE_PACKET) {
        var ring = new Ring(client, web(client).rules(rules));
        for (int flags : new int[] {SYN, ACK, SYN, ACK, ACK | RST}) {
          ring.assertEnds(tcp(client, 1, flags));
        }
        ring.assertEnds(tooBig(client, 1));
        ring.assertEnds(tooBig(client, 2));
      }
      var ring = new Ring(client, dns(client).rules(rules));
      ring.assertEnds(udp(client, 1));
      ring.assertEnds(udp(client, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void packetsOfConnectionsThatTakeEachOthersPlaceGoRoundARingAFewTimesAtMost(String client) {
    for (int connections = 2; connections <= 4; connections++) {
      var ring = new Ring(client, web(client));
      List<byte[]> burst = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        burst.add(syn(client, i * 1_000_000).bytes());
      }

      for (int again = 0; again < 3; again++) {
        assertThat(ring.passes(burst)).isLessThanOrEqualTo(burst.size() * BALANCERS * ROUNDS);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aConnectionThatTakesThePlaceOfOneBehindAnotherRouterGoesOn(String client) {
    setup.put(web(client).realServer(server(client, 1)));
    long router = ClientFrames.ROUTER + 1;
    for (int connection = 0; connection < 20; connection++) {
      long from = connection % 2 == 0 ? router : ClientFrames.ROUTER;
      for (int repetition = 0; repetition < ReturnGuard.RETURNS; repetition++) {
        assertThat(direct(syn(client, connection * 1_000_000), from).action())
            .isEqualTo(Verdict.Action.FORWARD);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void manyPacketsGoRoundARingAFewTimesAtMost(String client) {
    var ring = new Ring(client, web(client));
    List<byte[]> burst = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      FrameBuilder segment = FrameBuilder.text("x").tcp(1, 80, ACK, 1000 + i, 2000);
      burst.add(ClientFrames.link(packet(client, segment, 6), client).bytes());
    }

    for (int again = 0; again < 3; again++) {
      assertThat(ring.passes(burst)).isLessThan(burst.size() * BALANCERS * (ROUNDS + 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void fragmentsGoRoundARingAFewTimesAtMost(String client) {
    var ring = new Ring(client, dns(client));
    FrameBuilder first = FrameBuilder.text("a part").udp(1, 53);
    FrameBuilder later = FrameBuilder.text("the rest of it");
    for (FrameBuilder frame :
        List.of(fragment(client, first, 0, true), fragment(client, later, 2, false))) {
      ring.assertEnds(frame);
      ring.assertEnds(frame);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void packetsOfNoFlowAreLookedUpOnlyWhileTheyComeFromSeveralAddresses(String client) {
    setup.put(dns(client).rules(untracked()).realServer(server(client, 1)));
    long router = ClientFrames.ROUTER + 1;
    setup.direct(udp(client, 1));
    for (int second = 0; second < 100; second++) {
      setup.director.time(second * 1_000_000_000L);
      assertThat(isLookedUp(udp(client, second), ClientFrames.ROUTER)).isFalse();
    }
    assertThat(isLookedUp(udp(client, 1), router)).isTrue();
    assertThat(isLookedUp(udp(client, 1), ClientFrames.ROUTER)).isTrue();
    assertThat(isLookedUp(udp(client, 1), ClientFrames.ROUTER)).isTrue();
    setup.director.time(160_000_000_000L);
    assertThat(isLookedUp(udp(client, 2), ClientFrames.ROUTER)).isTrue();
    setup.director.time(170_000_000_000L);
    assertThat(isLookedUp(udp(client, 2), ClientFrames.ROUTER)).isFalse();
    assertThat(isLookedUp(udp(client, 2), router)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void packetsOfNoFlowThatBehaveForLongGoRoundARingAFewTimesAtMost(String client) {
    var ring = new Ring(client, dns(client).rules(untracked()));
    for (int second = 0; second < 1_000; second++) {
      long now = second * 100_000_000L;
      ring.balancers.forEach(balancer -> balancer.director.time(now));
      ring.assertEnds(udp(client, second % 5));
      if (second % 7 == 0) {
        ring.assertEnds(tooBig(client, second));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aClientOfAnUntrackedServiceMayRepeatItself(String client) {
    setup.put(dns(client).rules(untracked()).realServer(server(client, 1)));
    for (int again = 0; again < 100; again++) {
      assertThat(setup.direct(udp(client, 1)).action()).isEqualTo(Verdict.Action.FORWARD);
    }
  }

  private boolean isLookedUp(FrameBuilder frame, long from) {
    assertThat(direct(frame, from).action()).isEqualTo(Verdict.Action.FORWARD);
    return setup.director.decision().has(Decision.WATCH);
  }

  private static ServiceRules untracked() {
    return ServiceRules.DEFAULT.tracking(FlowTracking.ONE_PACKET);
  }

  @Test
  void twoBalancersBehindEachOtherSendNothingBack() {
    for (FlowTracking tracking : FlowTracking.values()) {
      VirtualService service =
          dns(CLIENT).rules(ServiceRules.DEFAULT.tracking(tracking)).realServer(server(CLIENT, 2));
      setup.sources(DirectorSetup.mac(server(CLIENT, 1)));
      setup.put(service);

      assertThat(setup.direct(udp(CLIENT, 1)).action()).isEqualTo(Verdict.Action.FORWARD);
      assertThat(direct(udp(CLIENT, 1), DirectorSetup.mac(server(CLIENT, 2))))
          .isEqualTo(Verdict.DROP_LOOP);
    }
  }

  private Verdict direct(FrameBuilder frame, long from) {
    byte[] bytes = frame.bytes();
    comesFrom(bytes, from);
    return setup.direct(bytes);
  }

  private static void comesFrom(byte[] frame, long mac) {
    for (int at = 0; at < 6; at++) {
      frame[6 + at] = (byte) (mac >>> (40 - 8 * at));
    }
  }

  private static FrameBuilder link(FrameBuilder packet, long from, String client) {
    return packet.ethernet(ClientFrames.OWN, from, isIpv6(client) ? 0x86dd : 0x0800);
  }

  private static FrameBuilder syn(String client, int sequence) {
    FrameBuilder segment = FrameBuilder.text("").tcp(1, 80, SYN, sequence, 0);
    return ClientFrames.link(packet(client, segment, 6), client);
  }

  private static FrameBuilder fragment(String client, FrameBuilder part, int offset, boolean more) {
    FrameBuilder packet =
        isIpv6(client)
            ? packet(client, part.fragment(17, offset << 3, more), 44)
            : part.ipv4(client, ClientFrames.VIP, 17, (more ? 0x2000 : 0) | offset, new byte[0]);
    return ClientFrames.link(packet, client);
  }

  private static String server(String client, int number) {
    return (isIpv6(client) ? "2001:db8::2" : "192.0.2.2") + number;
  }

  private static VirtualService web(String client) {
    String vip = isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP;
    return VirtualService.tcp(vip, 80).scheduler(Schedulers.roundRobin());
  }

  private static VirtualService dns(String client) {
    String vip = isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP;
    return VirtualService.udp(vip, 53).scheduler(Schedulers.roundRobin());
  }

  /** Balancers, each of which has the next one as its only server. */
  private static final class Ring {

    private final List<DirectorSetup> balancers = new ArrayList<>();

    Ring(String client, VirtualService service) {
      for (int i = 0; i < BALANCERS; i++) {
        var balancer = new DirectorSetup();
        balancer.sources(DirectorSetup.mac(server(client, i)));
        balancer.put(service.realServer(server(client, (i + 1) % BALANCERS)));
        balancers.add(balancer);
      }
    }

    void assertEnds(FrameBuilder frame) {
      assertThat(passes(List.of(frame.bytes()))).isLessThanOrEqualTo(BALANCERS * ROUNDS);
    }

    /** Returns how often the balancers forward frames that come to the first of them. */
    int passes(List<byte[]> frames) {
      record Hop(int at, ByteBuf frame) {}
      Deque<Hop> onTheWay = new ArrayDeque<>();
      frames.forEach(frame -> onTheWay.add(new Hop(0, Unpooled.wrappedBuffer(frame))));
      int passes = 0;
      while (!onTheWay.isEmpty() && passes < 100_000) {
        Hop hop = onTheWay.remove();
        DirectorSetup balancer = balancers.get(hop.at());
        if (balancer.direct(hop.frame().array()).action() == Verdict.Action.FORWARD) {
          passes++;
          onTheWay.add(
              new Hop((hop.at() + 1) % BALANCERS, Unpooled.wrappedBuffer(balancer.sent())));
        }
      }
      return passes;
    }
  }
}
