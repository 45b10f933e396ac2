package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.packet;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FailurePolicy;
import io.dsr.core.FlowRemoval;
import io.dsr.core.Health;
import io.dsr.core.Persistence;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.SctpChunk;
import io.dsr.core.membership.Reachability;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the flows of a server that is known to answer nobody, or has drained. */
final class FailedServersTest {

  private static final int SCTP = 132;

  private final DirectorSetup setup = new DirectorSetup();

  /** How a server fails. */
  enum Failure {
    UNREACHABLE,
    UNHEALTHY
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void datagramsMoveAndConnectionsStay(Failure failure) {
    for (String client : List.of(CLIENT, CLIENT6)) {
      put(client, null);
      String asked = begins(udp(client, 1));
      fails(asked, failure);

      assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_NEW);
      assertThat(setup.receiver()).isNotEqualTo(asked);
      assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_FLOW);
      works(asked, failure);

      String connected = begins(tcp(client, 1, SYN));
      setup.direct(tcp(client, 1, ACK));
      String associated = begins(sctp(client, 1, SctpChunk.COOKIE_ECHO));
      fails(connected, failure);
      fails(associated, failure);

      assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
      assertThat(setup.receiver()).isEqualTo(connected);
      assertThat(setup.direct(tooBig(client, 1))).isEqualTo(Verdict.FORWARD_ICMP_ERROR);
      assertThat(setup.receiver()).isEqualTo(connected);
      assertThat(setup.direct(sctp(client, 1, 0))).isEqualTo(Verdict.FORWARD_FLOW);
      assertThat(setup.receiver()).isEqualTo(associated);
      works(connected, failure);
      works(associated, failure);
    }
  }

  @ParameterizedTest
  @EnumSource(FailurePolicy.class)
  void aGivenPolicyIsOfAllProtocols(FailurePolicy policy) {
    for (String client : List.of(CLIENT, CLIENT6)) {
      put(client, policy);
      List<FrameBuilder> frames = List.of(udp(client, 1), tcp(client, 1, ACK), sctp(client, 1, 0));
      for (FrameBuilder frame : frames) {
        String server = begins(frame);
        fails(server, Failure.UNREACHABLE);
        Verdict verdict = setup.direct(frame);
        switch (policy) {
          case KEEP -> {
            assertThat(verdict).isEqualTo(Verdict.FORWARD_FLOW);
            assertThat(setup.receiver()).isEqualTo(server);
          }
          case MOVE -> {
            assertThat(verdict).isIn(Verdict.FORWARD_NEW, Verdict.FORWARD_MIDFLOW);
            assertThat(setup.receiver()).isNotEqualTo(server);
          }
          case EXPIRE -> {
            assertThat(verdict).isEqualTo(Verdict.DROP_EXPIRED);
            assertThat(setup.direct(frame).action()).isEqualTo(Verdict.Action.FORWARD);
            assertThat(setup.receiver()).isNotEqualTo(server);
          }
        }
        works(server, Failure.UNREACHABLE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aChangeOfThePolicyIsOfFlowsThatThereAre(String client) {
    put(client, null);
    String server = begins(tcp(client, 1, ACK));
    fails(server, Failure.UNREACHABLE);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);

    setup.change(before -> before.put(web(client).rules(rules(FailurePolicy.MOVE))));

    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);
    assertThat(setup.receiver()).isNotEqualTo(server);
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void aSynOrAnInitBeginsAnewWhereTheServerHasFailed(Failure failure) {
    for (String client : List.of(CLIENT, CLIENT6)) {
      for (FailurePolicy policy : FailurePolicy.values()) {
        put(client, policy);
        for (boolean established : new boolean[] {false, true}) {
          for (FrameBuilder opening : List.of(tcp(client, 5, SYN), sctp(client, 5, 1))) {
            String server = begins(opening);
            if (established) {
              setup.direct(tcp(client, 5, ACK));
              setup.direct(sctp(client, 5, SctpChunk.COOKIE_ECHO));
            }
            fails(server, failure);

            assertThat(setup.direct(opening))
                .as(policy + " " + established)
                .isEqualTo(Verdict.FORWARD_NEW);
            assertThat(setup.receiver()).isNotEqualTo(server);
            works(server, failure);
            forget();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aSynBeginsAnewWhereItsServerTakesNoFlows(String client) {
    put(client, null);
    String server = begins(tcp(client, 1, SYN));
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_FLOW);

    InetAddress address = InetAddress.ofLiteral(server);
    setup.change(before -> before.drain(web(client).key(), address));

    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aSynOfAnotherSequenceNumberBeginsAnew(String client) {
    put(client, null);
    String first = begins(syn(client, 1_000, ""));
    assertThat(setup.direct(syn(client, 1_000, ""))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.direct(syn(client, 500_000, ""))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(first);
    assertThat(setup.direct(syn(client, 500_000, "early data"))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.direct(syn(client, 500_000, ""))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.direct(syn(client, 1_000, ""))).isEqualTo(Verdict.FORWARD_NEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aSynOnALiveConnectionIsForItsServerToJudge(String client) {
    put(client, null);
    String server = begins(tcp(client, 1, SYN));
    setup.direct(tcp(client, 1, ACK));

    assertThat(setup.direct(syn(client, 500_000, ""))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void aFlowOfARemovedServerThatFailsMovesTooIfOneOfDatagrams(String client) {
    put(client, null);
    String server = begins(udp(client, 1));
    VirtualService dns = dns(client);
    setup.change(before ->
        before.put(
            dns.realServers(
                    dns.realServers().stream()
                        .filter(s -> !s.address().equals(InetAddress.ofLiteral(server)))
                        .toList())
                .rules(ServiceRules.DEFAULT.removal(FlowRemoval.KEEP))));
    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_FLOW);
    fails(server, Failure.UNREACHABLE);

    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void datagramsMoveOnceTheDeadlineOfADrainHasPassed(String client) {
    put(client, FailurePolicy.KEEP);
    String server = begins(udp(client, 1));
    String connected = begins(tcp(client, 1, ACK));
    drain(dns(client).key(), server);
    drain(web(client).key(), connected);
    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_FLOW);

    setup.change(m -> m.drained(dns(client).key(), InetAddress.ofLiteral(server)));
    setup.change(m -> m.drained(web(client).key(), InetAddress.ofLiteral(connected)));

    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(server);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(connected);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void datagramsMoveThenThoughPersistenceKeepsClientsOfQuiescentServers(String client) {
    var policy = Persistence.sourceAddress(Duration.ofMinutes(5)).expireQuiescent(false);
    for (VirtualService service : List.of(web(client), dns(client))) {
      setup.put(service.persistence(policy));
    }
    String server = begins(udp(client, 1));
    String connected = begins(tcp(client, 1, SYN));
    drain(dns(client).key(), server);
    drain(web(client).key(), connected);
    assertThat(begins(udp(client, 2))).isEqualTo(server);

    setup.change(m -> m.drained(dns(client).key(), InetAddress.ofLiteral(server)));
    setup.change(m -> m.drained(web(client).key(), InetAddress.ofLiteral(connected)));

    String next = begins(udp(client, 1));
    assertThat(next).isNotEqualTo(server);
    assertThat(setup.direct(udp(client, 1))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(begins(udp(client, 2))).isEqualTo(next);
    assertThat(begins(tcp(client, 2, SYN))).isEqualTo(connected);
  }

  @Test
  void onlyADrainCanHaveADeadlineThatHasPassed() {
    put(CLIENT, null);
    InetAddress server = InetAddress.ofLiteral("192.0.2.21");
    ServiceKey dns = dns(CLIENT).key();

    assertThat(setup.membership.drained(dns, server)).isSameAs(setup.membership);

    drain(dns, "192.0.2.21");
    setup.change(before -> before.drained(dns, server));
    setup.change(before -> before.undrain(dns, server));

    assertThat(setup.membership.member(dns, server).condition().drainOver()).isFalse();
    assertThat(setup.slots.failurePolicy(setup.membership.member(dns, server).slot())).isZero();
  }

  private void drain(ServiceKey service, String server) {
    setup.change(before -> before.drain(service, InetAddress.ofLiteral(server)));
  }

  private void put(String client, @Nullable FailurePolicy policy) {
    for (VirtualService service : List.of(web(client), dns(client), diameter(client))) {
      setup.put(policy == null ? service : service.rules(rules(policy)));
    }
  }

  private static ServiceRules rules(FailurePolicy policy) {
    return ServiceRules.DEFAULT.onFailure(policy);
  }

  /** Begins a flow, and returns its server. */
  private String begins(FrameBuilder frame) {
    assertThat(setup.direct(frame).action()).isEqualTo(Verdict.Action.FORWARD);
    return setup.receiver();
  }

  private void forget() {
    setup.now += 86_400_000_000_000L;
    while (!setup.director.advance(setup.now)) {
      // what is left
    }
  }

  private void fails(String server, Failure failure) {
    is(server, failure, Reachability.UNREACHABLE, Health.down("no answer"));
  }

  private void works(String server, Failure failure) {
    is(server, failure, Reachability.REACHABLE, Health.up(""));
  }

  private void is(String server, Failure failure, Reachability reachability, Health health) {
    InetAddress address = InetAddress.ofLiteral(server);
    if (failure == Failure.UNREACHABLE) {
      setup.reachability(server, reachability);
      return;
    }
    for (var service : List.copyOf(setup.membership.services())) {
      boolean has = service.members().stream().anyMatch(m -> m.address().equals(address));
      if (has) {
        setup.change(before -> before.health(service.service().key(), address, health));
      }
    }
  }

  private static FrameBuilder syn(String client, int sequence, String data) {
    FrameBuilder segment = FrameBuilder.text(data).tcp(1, 80, SYN, sequence, 0);
    return ClientFrames.link(packet(client, segment, 6), client);
  }

  private static FrameBuilder sctp(String client, int port, int chunk) {
    FrameBuilder packet = FrameBuilder.text("").chunk(chunk, "sixteen octets..");
    return ClientFrames.link(packet(client, packet.sctp(port, 3868, 7), SCTP), client);
  }

  private static String vip(String client) {
    return isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP;
  }

  private static VirtualService web(String client) {
    return servers(client, VirtualService.tcp(vip(client), 80));
  }

  private static VirtualService dns(String client) {
    return servers(client, VirtualService.udp(vip(client), 53));
  }

  private static VirtualService diameter(String client) {
    InetAddress vip = InetAddress.ofLiteral(vip(client));
    return servers(client, VirtualService.of(new ServiceKey(Protocol.SCTP, vip, 3868)));
  }

  private static VirtualService servers(String client, VirtualService service) {
    VirtualService next = service.scheduler(Schedulers.roundRobin());
    for (int number = 1; number <= 3; number++) {
      // As the director setup writes them.
      String address = (isIpv6(client) ? "2001:db8:0:0:0:0:0:2" : "192.0.2.2") + number;
      next = next.realServer(address);
    }
    return next;
  }
}
