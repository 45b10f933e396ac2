package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.VIP;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.Health;
import io.dsr.core.Persistence;
import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of flows when servers come, go, fail and are drained. */
final class DirectorMembershipTest {

  private static final String FIRST = "192.0.2.21";
  private static final String SECOND = "192.0.2.22";
  private static final String THIRD = "192.0.2.23";
  private static final VirtualService WEB =
      VirtualService.tcp(VIP, 80).scheduler(Schedulers.roundRobin());
  private static final VirtualService BOTH = WEB.realServer(FIRST).realServer(SECOND);

  private final DirectorSetup setup = new DirectorSetup();

  @Test
  void keepsFlowsOfARemovedServerAndGivesItNoOthers() {
    open(BOTH, FIRST);

    setup.put(WEB.realServer(SECOND));

    checkOldFlowStaysAndNewOnesGoElsewhere();
  }

  @Test
  void keepsFlowsOfADrainedServerAndGivesItNoOthers() {
    open(BOTH, FIRST);

    setup.put(WEB.realServer(FIRST, 0).realServer(SECOND));

    checkOldFlowStaysAndNewOnesGoElsewhere();
  }

  @Test
  void keepsFlowsOfAServerThatAnOperatorDrainsAndGivesItNoOthersWhateverIsConfigured() {
    open(BOTH, FIRST);

    setup.change(before -> before.drain(BOTH.key(), InetAddress.ofLiteral(FIRST)));
    setup.put(WEB.realServer(FIRST, 9).realServer(SECOND));

    checkOldFlowStaysAndNewOnesGoElsewhere();
  }

  @Test
  void keepsFlowsOfAServerThatIsUnhealthyAndGivesItNoOthersWhateverIsConfigured() {
    open(BOTH, FIRST);

    setup.change(
        before -> before.health(BOTH.key(), InetAddress.ofLiteral(FIRST), Health.down("HTTP 503")));
    setup.put(WEB.realServer(FIRST, 9).realServer(SECOND));

    checkOldFlowStaysAndNewOnesGoElsewhere();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UNREACHABLE", "UNRESOLVED"})
  void keepsFlowsOfAServerThatDoesNotAnswerAndGivesItNoOthers(String reachability) {
    open(BOTH, FIRST);

    setup.reachability(FIRST, Reachability.valueOf(reachability));

    checkOldFlowStaysAndNewOnesGoElsewhere();
  }

  @Test
  void keepsFlowsOfARemovedService() {
    open(BOTH, FIRST);

    setup.change(before -> before.remove(BOTH.key()));

    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(FIRST);
    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.PASS_NOT_OURS);
  }

  @Test
  void dropsFramesOfAServerWhoseAddressIsLostUntilItIsFoundAgain() {
    open(BOTH, FIRST);

    setup.resolve(FIRST, Slots.UNRESOLVED);
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.DROP_UNRESOLVED);
    assertThat(setup.direct(tooBig(CLIENT, 1))).isEqualTo(Verdict.DROP_UNRESOLVED);

    setup.resolve(FIRST, DirectorSetup.mac(FIRST));
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(FIRST);
  }

  @Test
  void forgetsFlowsOfASlotThatAnotherServerHasTaken() {
    open(BOTH, FIRST);
    setup.put(WEB.realServer(SECOND));
    setup.change(before -> before.reap(member -> true));
    setup.put(WEB.realServer(SECOND).realServer(THIRD));
    assertThat(setup.slots.mac(0)).isEqualTo(DirectorSetup.mac(THIRD));

    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);

    assertThat(setup.director.connections()).isEqualTo(1);
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @ParameterizedTest
  @ValueSource(ints = {SYN, ACK})
  void dropsFlowsThatNoServerMayTake(int flags) {
    setup.put(WEB);
    assertThat(setup.direct(tcp(CLIENT, 1, flags))).isEqualTo(Verdict.DROP_NO_SERVER);
    setup.put(WEB.realServer(FIRST, 0));
    assertThat(setup.direct(tcp(CLIENT, 1, flags))).isEqualTo(Verdict.DROP_NO_SERVER);
    assertThat(setup.direct(tooBig(CLIENT, 1))).isEqualTo(Verdict.DROP_NO_SERVER);
    setup.put(WEB.realServer(FIRST));
    setup.reachability(FIRST, Reachability.UNREACHABLE);
    assertThat(setup.direct(tcp(CLIENT, 1, flags))).isEqualTo(Verdict.DROP_NO_SERVER);
    assertThat(setup.director.connections()).isZero();
  }

  @Test
  void sendsAClientToTheServerItHadBefore() {
    setup.put(BOTH.persistence(Persistence.sourceAddress(Duration.ofMinutes(5))));
    assertThat(setup.direct(tcp(CLIENT, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    String server = setup.receiver();
    for (int port = 2; port < 20; port++) {
      assertThat(setup.direct(tcp(CLIENT, port, SYN))).isEqualTo(Verdict.FORWARD_PERSISTENT);
      assertThat(setup.receiver()).isEqualTo(server);
      assertThat(setup.direct(tcp(CLIENT, port + 100, ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);
      assertThat(setup.receiver()).isEqualTo(server);
      assertThat(setup.direct(tooBig(CLIENT, port + 200))).isEqualTo(Verdict.FORWARD_ICMP_ERROR);
      assertThat(setup.receiver()).isEqualTo(server);
    }
    assertThat(setup.direct(tcp("198.51.100.8", 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isNotEqualTo(server);
  }

  @Test
  void schedulesAClientAnewWhenItsServerMayTakeNoMore() {
    var persistence = Persistence.sourceAddress(Duration.ofMinutes(5));
    setup.put(BOTH.persistence(persistence));
    setup.direct(tcp(CLIENT, 1, SYN));
    assertThat(setup.receiver()).isEqualTo(FIRST);

    setup.put(WEB.realServer(FIRST, 0).realServer(SECOND).persistence(persistence));

    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isEqualTo(SECOND);
    setup.put(BOTH.persistence(persistence));
    assertThat(setup.direct(tcp(CLIENT, 3, SYN))).isEqualTo(Verdict.FORWARD_PERSISTENT);
    assertThat(setup.receiver()).isEqualTo(SECOND);
  }

  @Test
  void forgetsAClientAfterItsTime() {
    setup.put(BOTH.persistence(Persistence.sourceAddress(Duration.ofSeconds(10))));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.now += Duration.ofSeconds(9).toNanos();
    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.FORWARD_PERSISTENT);
    setup.now += Duration.ofSeconds(11).toNanos();
    assertThat(setup.direct(tcp(CLIENT, 3, SYN))).isEqualTo(Verdict.FORWARD_NEW);
  }

  @ParameterizedTest
  @MethodSource("wrongPickers")
  void takesAPickerThatIsWrongForNoServer(Picker wrong) {
    setup.put(BOTH.scheduler(servers -> wrong));

    assertThat(setup.direct(tcp(CLIENT, 1, SYN))).isEqualTo(Verdict.DROP_NO_SERVER);

    assertThat(setup.director.connections()).isZero();
    assertThat(setup.direct(tcp(CLIENT, 1, FIN | ACK))).isEqualTo(Verdict.FORWARD_MIDFLOW);
  }

  static List<Picker> wrongPickers() {
    return List.of(
        flow -> Picker.NONE,
        flow -> Integer.MIN_VALUE,
        flow -> Integer.MAX_VALUE,
        flow -> 2,
        flow -> 64,
        flow -> 100_000,
        flow -> {
          throw new IllegalStateException("wrong on purpose");
        },
        flow -> {
          throw new AssertionError("wrong on purpose");
        },
        DirectorMembershipTest::fallForever,
        DirectorMembershipTest::throwChecked);
  }

  @SuppressWarnings("InfiniteRecursion")
  private static int fallForever(FlowView flow) {
    return 1 + fallForever(flow);
  }

  private static int throwChecked(FlowView flow) {
    throw DirectorMembershipTest.<RuntimeException>hidden(new Exception("wrong on purpose"));
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E hidden(Throwable e) throws E {
    throw (E) e;
  }

  /** Opens the flow of port 1 on {@code server}. */
  private void open(VirtualService service, String server) {
    setup.put(service);
    setup.direct(tcp(CLIENT, 1, SYN));
    assertThat(setup.receiver()).isEqualTo(server);
  }

  private void checkOldFlowStaysAndNewOnesGoElsewhere() {
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(FIRST);
    assertThat(setup.direct(tooBig(CLIENT, 1))).isEqualTo(Verdict.FORWARD_ICMP_ERROR);
    assertThat(setup.receiver()).isEqualTo(FIRST);
    for (int port = 2; port < 40; port++) {
      setup.direct(tcp(CLIENT, port, port % 2 == 0 ? SYN : ACK));
      assertThat(setup.receiver()).isEqualTo(SECOND);
    }
    assertThat(setup.direct(tcp(CLIENT, 1, FIN | ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.receiver()).isEqualTo(FIRST);
  }
}
