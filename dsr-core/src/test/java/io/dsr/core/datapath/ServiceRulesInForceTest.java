package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.udp;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.AccessList;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.FlowTracking;
import io.dsr.core.HashKey;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowTimes;
import io.dsr.core.membership.Reachability;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ServiceRulesInForceTest {

  private static final String FIRST = "192.0.2.21";
  private static final String SECOND = "192.0.2.22";
  private static final String THIRD = "192.0.2.23";
  private static final VirtualService WEB =
      VirtualService.tcp(ClientFrames.VIP, 80).scheduler(Schedulers.roundRobin());
  private static final VirtualService DNS =
      VirtualService.udp(ClientFrames.VIP, 53).scheduler(Schedulers.roundRobin());

  private final DirectorSetup setup = new DirectorSetup(1000);

  @Test
  void servesWhomTheLongestPrefixAllows() {
    var list =
        new AccessList(
            List.of(IpPrefix.parse("198.51.100.0/28")), List.of(IpPrefix.parse("198.51.100.0/24")));
    setup.put(WEB.realServer(FIRST).rules(ServiceRules.DEFAULT.access(list)));

    assertThat(setup.direct(tcp("198.51.100.7", 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.direct(tcp("198.51.100.77", 1, SYN))).isEqualTo(Verdict.DROP_DENIED);
    assertThat(setup.direct(tcp("203.0.113.1", 1, SYN))).isEqualTo(Verdict.DROP_DENIED);
  }

  @Test
  void aServerAtItsUpperThresholdTakesNoMoreUntilThreeQuartersAreLeft() {
    setup.put(WEB.realServer(RealServer.of(FIRST).thresholds(4, 0)).realServer(SECOND, 1));
    int first = 0;
    for (int port = 1; port <= 20; port++) {
      setup.direct(tcp(CLIENT, port, SYN));
      setup.direct(tcp(CLIENT, port, ACK));
      first += setup.receiver().equals(FIRST) ? 1 : 0;
    }
    assertThat(first).isEqualTo(4);
    assertThat(setup.load.overloaded().cardinality()).isOne();

    setup.change(before ->
        before.overload(setup.load.overloaded().stream().boxed().collect(Collectors.toSet())));
    assertThat(weightOf(FIRST)).isZero();
    end(1);
    assertThat(setup.load.overloaded().cardinality()).as("3 of 4").isOne();
    end(3);

    assertThat(setup.load.overloaded().cardinality()).as("2 of 4").isZero();
    setup.change(before -> before.overload(Set.of()));
    assertThat(weightOf(FIRST)).isOne();
  }

  /** Lets a connection of the first server end, and be forgotten. */
  private void end(int port) {
    setup.direct(tcp(CLIENT, port, FIN | ACK));
    for (int second = 0; second < 121; second++) {
      setup.now += Duration.ofSeconds(1).toNanos();
      setup.director.advance(setup.now);
    }
  }

  private int weightOf(String server) {
    return setup.membership.services().stream()
        .flatMap(service -> service.members().stream())
        .filter(member -> member.address().getHostAddress().equals(server))
        .findFirst()
        .orElseThrow()
        .effectiveWeight();
  }

  @Test
  void aSorryServerIsAskedOnlyWhenNobodyElseCan() {
    setup.put(WEB.realServer(FIRST).sorryServer(SECOND));
    assertThat(receivers(6)).containsExactly(FIRST);

    setup.reachability(FIRST, Reachability.UNREACHABLE);
    assertThat(receivers(6)).containsExactly(SECOND);

    setup.reachability(FIRST, Reachability.REACHABLE);
    assertThat(receivers(6)).containsExactly(FIRST);
  }

  @Test
  void tiersArePromotedUntilEnoughServersCanTakeFlows() {
    setup.put(
        WEB.realServer(FIRST)
            .realServer(SECOND)
            .realServer(RealServer.of(THIRD).tier(3))
            .rules(ServiceRules.DEFAULT.minimumServers(2)));
    assertThat(receivers(6)).containsExactlyInAnyOrder(FIRST, SECOND);

    setup.reachability(SECOND, Reachability.UNREACHABLE);
    assertThat(receivers(6)).containsExactlyInAnyOrder(FIRST, THIRD);

    setup.reachability(SECOND, Reachability.REACHABLE);
    assertThat(receivers(6)).containsExactlyInAnyOrder(FIRST, SECOND);
  }

  private int port = 100;

  private Set<String> receivers(int connections) {
    Set<String> receivers = new HashSet<>();
    for (int i = 0; i < connections; i++) {
      port++;
      setup.direct(tcp(CLIENT, port, SYN));
      receivers.add(setup.receiver());
    }
    return receivers;
  }

  @Test
  void movesTheFlowsOfARemovedServerWhenTheServiceSaysSo() {
    var rules = ServiceRules.DEFAULT.removal(FlowRemoval.MOVE);
    setup.put(DNS.realServer(FIRST).rules(rules));
    setup.direct(udp(CLIENT, 1));
    setup.put(DNS.realServer(SECOND).rules(rules));

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_NEW);

    assertThat(setup.receiver()).isEqualTo(SECOND);
    assertThat(setup.director.connections()).isOne();
  }

  @Test
  void expiresTheFlowsOfARemovedServerWhenTheServiceSaysSo() {
    var rules = ServiceRules.DEFAULT.removal(FlowRemoval.EXPIRE);
    setup.put(DNS.realServer(FIRST).rules(rules));
    setup.direct(udp(CLIENT, 1));
    setup.put(DNS.realServer(SECOND).rules(rules));

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.DROP_EXPIRED);
    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isEqualTo(SECOND);
  }

  @Test
  void aServerThatComesBackBeforeItsFlowsEndedKeepsThem() {
    var rules = ServiceRules.DEFAULT.removal(FlowRemoval.EXPIRE);
    setup.put(DNS.realServer(FIRST).realServer(SECOND).rules(rules));
    setup.direct(udp(CLIENT, 1));
    String server = setup.receiver();
    setup.put(DNS.rules(rules));
    setup.put(DNS.realServer(FIRST).realServer(SECOND).rules(rules));

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(server);
  }

  @Test
  void aSessionlessServicePlacesEveryFrameByHash() {
    setup.put(
        DNS.realServer(FIRST)
            .realServer(SECOND)
            .rules(ServiceRules.DEFAULT.tracking(FlowTracking.SESSIONLESS)));
    Set<String> receivers = new HashSet<>();
    for (int client = 1; client <= 40; client++) {
      assertThat(setup.direct(udp(CLIENT, client))).isEqualTo(Verdict.FORWARD_UNTRACKED);
      String first = setup.receiver();
      setup.direct(udp(CLIENT, client));
      assertThat(setup.receiver()).isEqualTo(first);
      receivers.add(first);
    }

    assertThat(receivers).hasSize(2);
    assertThat(setup.director.connections()).isZero();
  }

  @Test
  void onePacketSchedulingSendsEachDatagramOnItsOwn() {
    setup.put(
        DNS.realServer(FIRST)
            .realServer(SECOND)
            .rules(ServiceRules.DEFAULT.tracking(FlowTracking.ONE_PACKET)));
    setup.direct(udp(CLIENT, 1));
    String first = setup.receiver();

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_UNTRACKED);

    assertThat(setup.receiver()).isNotEqualTo(first);
    assertThat(setup.director.connections()).isZero();
  }

  @Test
  void eachServiceHasItsOwnTimeouts() {
    var quick = FlowTimeouts.DEFAULT.udp(Duration.ofSeconds(5));
    setup.put(DNS.realServer(FIRST).rules(ServiceRules.DEFAULT.timeouts(quick)));
    setup.put(WEB.realServer(SECOND));
    setup.direct(udp(CLIENT, 1));
    setup.direct(tcp(CLIENT, 1, ACK));
    assertThat(setup.director.connections()).isEqualTo(2);

    pass(6);

    assertThat(setup.director.connections()).isOne();
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @Test
  void allServicesMayChangeTheirTimeoutsAtOnceAndAgain() {
    for (int round = 1; round <= 3; round++) {
      int seconds = 1_000 * round;
      List<VirtualService> services = new ArrayList<>();
      for (int port = 1; port < FlowTimes.CLASSES; port++) {
        var timeouts = FlowTimeouts.DEFAULT.udp(Duration.ofSeconds(seconds + port));
        services.add(
            VirtualService.udp("192.0.2.10", port)
                .realServer(FIRST)
                .rules(ServiceRules.DEFAULT.timeouts(timeouts)));
      }

      setup.change(before -> before.apply(services));

      assertThat(setup.director.advance(setup.now)).isTrue();
    }
  }

  @Test
  void aDrainedServerKeepsItsClientsOnlyWhereThePolicySaysSo() {
    var policy = Persistence.sourceAddress(Duration.ofMinutes(5)).expireQuiescent(false);
    setup.put(WEB.persistence(policy).realServer(FIRST));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.put(WEB.persistence(policy).realServer(FIRST, 0).realServer(SECOND));

    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.FORWARD_PERSISTENT);
    assertThat(setup.receiver()).isEqualTo(FIRST);

    setup.put(
        WEB.persistence(policy.expireQuiescent(true)).realServer(FIRST, 0).realServer(SECOND));
    assertThat(setup.direct(tcp(CLIENT, 3, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isEqualTo(SECOND);
  }

  @Test
  void aServerThatAnOperatorDrainsKeepsItsClientsButOneThatIsUnhealthyDoesNot() {
    var policy = Persistence.sourceAddress(Duration.ofMinutes(5)).expireQuiescent(false);
    VirtualService web = WEB.persistence(policy).realServer(FIRST);
    setup.put(web);
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.put(web.realServer(SECOND));
    InetAddress first = InetAddress.ofLiteral(FIRST);

    setup.change(before -> before.drain(WEB.key(), first));
    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.FORWARD_PERSISTENT);
    assertThat(setup.receiver()).isEqualTo(FIRST);

    setup.change(before -> before.health(WEB.key(), first, Health.down("HTTP 503")));
    assertThat(setup.direct(tcp(CLIENT, 3, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isEqualTo(SECOND);
  }

  @Test
  void aFullServerThatIsRemovedIsStillFullWhenItIsNamedAgainWhileItsFlowsGoOn() {
    VirtualService full = WEB.realServer(RealServer.of(FIRST).thresholds(2, 0));
    setup.put(full);
    setup.direct(tcp(CLIENT, 1, ACK));
    setup.direct(tcp(CLIENT, 2, ACK));
    int slot = setup.membership.member(full.key(), InetAddress.ofLiteral(FIRST)).slot();
    assertThat(setup.load.admits(slot)).isFalse();

    setup.put(WEB.realServer(SECOND));
    assertThat(setup.load.admits(slot)).as("removed, but still here").isFalse();
    setup.put(full.realServer(SECOND));
    checkThatTheSecondGetsWhatIsNew(10);
    setup.change(before -> before.remove(full.key()));
    assertThat(setup.load.admits(slot)).as("its service too").isFalse();
    setup.put(full.realServer(SECOND));
    checkThatTheSecondGetsWhatIsNew(20);

    setup.put(WEB.realServer(SECOND));
    setup.change(before -> before.reap(member -> true));
    setup.put(WEB.realServer(SECOND).realServer(THIRD));
    assertThat(setup.membership.member(full.key(), InetAddress.ofLiteral(THIRD)).slot())
        .isEqualTo(slot);
    assertThat(setup.load.admits(slot)).as("another's, without thresholds").isTrue();
  }

  private void checkThatTheSecondGetsWhatIsNew(int port) {
    for (int next = port; next < port + 3; next++) {
      setup.direct(tcp(CLIENT, next, SYN));
      assertThat(setup.receiver()).isEqualTo(SECOND);
    }
    setup.direct(tcp(CLIENT, 1, ACK));
    assertThat(setup.receiver()).as("the flow goes on").isEqualTo(FIRST);
  }

  @Test
  void countsSourcesThatWereNotTrackedForServicesThatHaveGoneToo() {
    SourceLimits limits = SourceLimits.perAddress().newPerSecond(1, 2);
    VirtualService limited = DNS.rules(ServiceRules.DEFAULT.limits(limits)).realServer(FIRST);
    setup.put(limited);
    haveRoomForOneSource(limited, limits);
    for (int host = 1; host <= 10; host++) {
      setup.direct(udp("10.0.0." + host, 1));
    }
    assertThat(setup.director.untracked()).isEqualTo(9);

    setup.put(limited.realServer(SECOND));
    assertThat(setup.director.untracked()).as("the same table").isEqualTo(9);
    setup.put(limited.rules(ServiceRules.DEFAULT.limits(limits.newPerSecond(3, 4))));
    assertThat(setup.director.untracked()).as("other limits").isEqualTo(9);
    haveRoomForOneSource(limited, limits);
    setup.direct(udp("10.0.0.1", 2));
    setup.direct(udp("10.0.0.2", 2));
    assertThat(setup.director.untracked()).isEqualTo(10);
    setup.change(before -> before.remove(limited.key()));
    assertThat(setup.director.untracked()).as("no service").isEqualTo(10);
    setup.put(WEB);
    assertThat(setup.director.untracked()).isEqualTo(10);
  }

  private void haveRoomForOneSource(VirtualService service, SourceLimits limits) {
    ServiceEntry made = requireNonNull(setup.serviceTable.service(service.key()));
    var sources = new SourceTable(limits, 1, HashKey.random(), setup.now);
    var memory = new ServiceEntry.Memory(null, sources, null);
    var entry = new ServiceEntry(made.members(), made.pickers(), memory, setup.load);
    setup.serviceTable =
        ServiceTable.of(
            setup.serviceTable, List.of(entry), List.of(), setup.membership::vipPrefixes);
    setup.director.serviceTable(setup.serviceTable, setup.now);
  }

  private void pass(int seconds) {
    for (int tenth = 0; tenth < seconds * 10; tenth++) {
      setup.now += Duration.ofMillis(100).toNanos();
      setup.director.advance(setup.now);
    }
  }
}
