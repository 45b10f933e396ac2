package io.dsr.core.control;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.HashKey;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Picker;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.StoredEntry;
import io.dsr.core.scheduler.Schedulers;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class ServiceControlTest {

  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress B = InetAddress.ofLiteral("192.0.2.22");
  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22", 2);
  private static final VirtualService OTHER =
      VirtualService.udp("192.0.2.11", 53).realServer("192.0.2.21");

  private final Slots slots = new Slots(8);
  private final ServerCounters counters = new ServerCounters(8);
  private final List<BalancerEvent> events = new ArrayList<>();
  private final VipGates gates = new VipGates(/* open= */ true);
  private long now;
  private final FakeDataPlane plane = new FakeDataPlane();
  private final ServiceControl control = control();

  private ServiceControl control() {
    var made =
        new ServiceControl(
            slots,
            new TotalServerCounters(List.of(counters)),
            new ServiceTableBuilder(
                List.of(new OverloadDetector(counters, slots.count())),
                HashKey.PLACEMENT,
                () -> 0,
                100),
            () -> now,
            gates,
            events::add);
    made.follow(plane);
    return made;
  }

  @Test
  void tellsWhatEachChangeChanged() throws Exception {
    control.add(SERVICE);
    VirtualService heavier =
        SERVICE.realServers(List.of(RealServer.of("192.0.2.21"), RealServer.of("192.0.2.22", 5)));
    control.replace(heavier);
    control.apply(List.of(OTHER));

    assertThat(events)
        .containsExactly(
            new BalancerEvent.ServiceAdded(SERVICE),
            new BalancerEvent.ServiceChanged(SERVICE, heavier),
            new BalancerEvent.ServiceRemoved(heavier),
            new BalancerEvent.ServiceAdded(OTHER));
    assertThat(control.services()).containsExactly(OTHER);
  }

  @Test
  void leavesWhatIsSaidOfAServerAsItWasWhenAnythingIsConfigured() throws Exception {
    resolveBoth();
    control.drain(SERVICE.key(), A);
    control.overrideWeight(SERVICE.key(), B, 9);
    VirtualService heavier =
        SERVICE.realServers(
            List.of(RealServer.of("192.0.2.21", 7), RealServer.of("192.0.2.22", 7)));

    for (int way = 0; way < 3; way++) {
      switch (way) {
        case 0 -> control.apply(List.of(heavier));
        case 1 -> control.replace(SERVICE);
        default -> control.addServer(SERVICE.key(), RealServer.of("192.0.2.23"));
      }

      assertThat(server(A).reason()).isEqualTo(WeightReason.DRAINING);
      assertThat(server(A).effectiveWeight()).isZero();
      assertThat(server(B).reason()).isEqualTo(WeightReason.OVERRIDDEN);
      assertThat(server(B).effectiveWeight()).isEqualTo(9);
    }
    control.undrain(SERVICE.key(), A);
    control.clearOverride(SERVICE.key(), B);
    assertThat(server(A).effectiveWeight()).isEqualTo(1);
    assertThat(server(B).effectiveWeight()).isEqualTo(2);
  }

  @Test
  void doesNotReviveByAnApplyAServerThatAHealthCheckFoundDown() throws Exception {
    resolveBoth();
    control.health(SERVICE.key(), A, Health.down("HTTP 503"));

    control.apply(List.of(SERVICE.realServers(List.of(RealServer.of("192.0.2.21", 7)))));

    assertThat(server(A).effectiveWeight()).isZero();
    assertThat(server(A).health()).isEqualTo(Health.down("HTTP 503"));
    control.health(SERVICE.key(), A, Health.up("HTTP 200"));
    assertThat(server(A).effectiveWeight()).isEqualTo(7);
  }

  @Test
  void beginsAnewWithAServerThatIsRemovedAndAddedAgainThoughItsFlowsStay() throws Exception {
    resolveBoth();
    counters.opened(0, true);
    control.drain(SERVICE.key(), A);
    control.overrideWeight(SERVICE.key(), A, 9);
    control.health(SERVICE.key(), A, Health.down("HTTP 503"));
    control.removeServer(SERVICE.key(), A);
    control.reap();
    control.addServer(SERVICE.key(), RealServer.of("192.0.2.21", 3));

    assertThat(server(A).traffic().activeConnections()).isOne();
    assertThat(server(A).override()).isEmpty();
    assertThat(server(A).health()).isEqualTo(Health.UNKNOWN);
    assertThat(server(A).reason()).isEqualTo(WeightReason.CONFIGURED);
    assertThat(server(A).effectiveWeight()).isEqualTo(3);
  }

  @Test
  void tellsOnceWhatIsSaidOfAServerAndPublishesNothingThatIsSaidAgain() throws Exception {
    resolveBoth();
    events.clear();
    plane.forget();

    for (int time = 0; time < 2; time++) {
      control.drain(SERVICE.key(), A);
      control.overrideWeight(SERVICE.key(), A, 9);
      control.health(SERVICE.key(), A, Health.down("HTTP 503"));
    }
    assertThat(plane.committed).hasSize(3);
    control.health(SERVICE.key(), A, Health.down("HTTP 500"));
    control.undrain(SERVICE.key(), A);
    control.undrain(SERVICE.key(), A);
    control.clearOverride(SERVICE.key(), A);
    control.clearOverride(SERVICE.key(), A);

    assertThat(plane.committed).hasSize(6);
    assertThat(events)
        .containsExactly(
            new BalancerEvent.ServerDraining(SERVICE.key(), A),
            new BalancerEvent.WeightOverridden(
                SERVICE.key(), A, OptionalInt.empty(), OptionalInt.of(9)),
            new BalancerEvent.HealthChanged(
                SERVICE.key(), A, Health.UNKNOWN, Health.down("HTTP 503")),
            new BalancerEvent.ServerUndrained(SERVICE.key(), A),
            new BalancerEvent.WeightOverridden(
                SERVICE.key(), A, OptionalInt.of(9), OptionalInt.empty()));
  }

  @Test
  void refusesToSayAnythingOfAStrangerOrAWeightThatIsNone() throws Exception {
    control.add(SERVICE);
    InetAddress stranger = InetAddress.ofLiteral("192.0.2.99");
    String none = "tcp 192.0.2.10:80: no real server 192.0.2.99 (expected: 192.0.2.21, 192.0.2.22)";

    assertThatThrownBy(() -> control.drain(SERVICE.key(), stranger)).hasMessage(none);
    assertThatThrownBy(() -> control.undrain(SERVICE.key(), stranger)).hasMessage(none);
    assertThatThrownBy(() -> control.clearOverride(SERVICE.key(), stranger)).hasMessage(none);
    assertThatThrownBy(() -> control.health(SERVICE.key(), stranger, Health.up("")))
        .hasMessage(none);
    assertThatThrownBy(() -> control.drain(OTHER.key(), A))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no service udp 192.0.2.11:53 (expected: an existing service)");
    assertThatThrownBy(() -> control.overrideWeight(SERVICE.key(), A, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight: -1 (expected: 0 to 65535)");
    assertThatThrownBy(() -> control.overrideWeight(SERVICE.key(), A, 65_536))
        .hasMessage("weight: 65536 (expected: 0 to 65535)");
    assertThat(plane.committed).hasSize(1);
  }

  @Test
  void tellsNothingOfAnApplyThatChangesNothing() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    events.clear();
    control.apply(List.of(OTHER, SERVICE));

    assertThat(events).isEmpty();
  }

  @Test
  void staysAsItWasWhenTheKernelRefuses() throws Exception {
    control.add(SERVICE);
    plane.refusal = new IOException("refused");

    assertThatThrownBy(() -> control.add(OTHER)).hasMessage("refused");
    assertThat(control.services()).containsExactly(SERVICE);
    assertThat(events).hasSize(1);
  }

  @Test
  void staysAsItWasWhenASchedulerFails() throws Exception {
    control.add(SERVICE);
    VirtualService broken =
        SERVICE.scheduler(servers -> {
          throw new IllegalStateException("no");
        });

    assertThatThrownBy(() -> control.replace(broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tcp 192.0.2.10:80: scheduler")
        .hasMessageContaining("no");
    assertThat(control.services()).containsExactly(SERVICE);
  }

  @Test
  void takesNoteOfServersThoughASchedulerFailsAndAsksItAgainWithTheNextChange() throws Exception {
    var asked = new ArrayList<Integer>();
    var fails = new AtomicBoolean();
    VirtualService flaky =
        SERVICE.scheduler(servers -> {
          asked.add(servers.weight(0));
          if (fails.get()) {
            throw new IllegalStateException("on purpose");
          }
          return flow -> Picker.NONE;
        });
    control.apply(List.of(flaky, OTHER));
    fails.set(true);
    asked.clear();

    assertThatThrownBy(() -> control.reachability(Map.of(A, Reachability.REACHABLE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tcp 192.0.2.10:80: scheduler")
        .hasMessageContaining("on purpose");
    assertThat(control.membership().member(OTHER.key(), A).effectiveWeight()).isOne();
    assertThat(server(A).effectiveWeight()).isOne();
    assertThatThrownBy(() -> control.overloaded(Set.of(0))).hasMessageContaining("on purpose");
    assertThat(server(A).reason()).isEqualTo(WeightReason.OVERLOADED);
    assertThatThrownBy(() -> control.overloaded(Set.of())).hasMessageContaining("on purpose");
    VirtualService third = VirtualService.tcp("192.0.2.12", 80);
    control.add(third); // not refused for what another service's scheduler does
    assertThat(asked).hasSize(4).endsWith(1, 1);

    fails.set(false);
    control.remove(third.key());
    assertThat(asked).as("its servers are as they were, its pickers are not").hasSize(5);
    control.add(third);
    assertThat(asked).hasSize(5);
  }

  @Test
  void takesNoteOfServersWhateverASchedulerThrowsAndAsksItAgainWithoutAChange() throws Exception {
    List<Throwable> thrown =
        List.of(
            new AssertionError("an error"),
            new OutOfMemoryError("on purpose"),
            new IOException("past the compiler"));
    for (Throwable failure : thrown) {
      var asked = new ArrayList<Integer>();
      var fails = new AtomicBoolean();
      VirtualService flaky =
          SERVICE.scheduler(servers -> {
            asked.add(servers.weight(0));
            if (fails.get()) {
              throw ServiceControlTest.<RuntimeException>unchecked(failure);
            }
            return flow -> Picker.NONE;
          });
      control.apply(List.of(flaky, OTHER));
      fails.set(true);

      assertThatThrownBy(() -> control.reachability(Map.of(A, Reachability.REACHABLE)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasCause(failure);
      assertThat(server(A).effectiveWeight()).isOne();
      assertThat(control.hasStalePickers()).isTrue();
      asked.clear();
      int published = plane.committed.size();
      control.retrySchedulers();
      assertThat(asked).containsExactly(1);
      assertThat(plane.committed).as("still stale: nothing to publish").hasSize(published);
      fails.set(false);
      control.retrySchedulers();

      assertThat(asked).as("with what it missed").containsExactly(1, 1);
      assertThat(plane.committed).hasSize(published + 1);
      assertThat(control.hasStalePickers()).isFalse();
      control.retrySchedulers();
      assertThat(asked).hasSize(2);
      control.reachability(Map.of(A, Reachability.UNREACHABLE));
    }
  }

  /** Throws what the compiler would not let a scheduler throw. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void refusesWhatDoesNotExistOrExistsAlreadyWithItsName() throws Exception {
    control.add(SERVICE);

    assertThatThrownBy(() -> control.add(SERVICE)).hasMessageContaining("exists");
    assertThatThrownBy(() -> control.replace(OTHER)).hasMessageContaining("no service udp");
    assertThatThrownBy(() -> control.remove(OTHER.key())).hasMessageContaining("192.0.2.11:53");
    InetAddress stranger = InetAddress.ofLiteral("192.0.2.99");
    assertThatThrownBy(() -> control.overrideWeight(SERVICE.key(), stranger, 1))
        .hasMessage(
            "tcp 192.0.2.10:80: no real server 192.0.2.99 (expected: 192.0.2.21, 192.0.2.22)");
    assertThatThrownBy(() -> control.removeServer(SERVICE.key(), stranger))
        .hasMessageStartingWith("tcp 192.0.2.10:80: no real server 192.0.2.99");
    assertThatThrownBy(() -> control.addServer(SERVICE.key(), RealServer.of("192.0.2.21")))
        .hasMessageContaining("given twice");
    assertThatThrownBy(() -> control.apply(List.of(OTHER, OTHER)))
        .hasMessageContaining("given twice");
    assertThat(plane.committed).hasSize(1);
  }

  @Test
  void countsTheTrafficOfAServerForItsServiceAfterItHasGone() throws Exception {
    control.add(SERVICE.scheduler(Schedulers.roundRobin()));
    control.reachability(Map.of(A, Reachability.REACHABLE));
    counters.opened(0, true);
    counters.forwarded(0, 100);
    control.removeServer(SERVICE.key(), A);
    control.reap();

    assertThat(control.statistics().getFirst().servers()).hasSize(2);

    counters.closed(0, true);
    control.reap();

    var statistics = control.statistics().getFirst();
    assertThat(statistics.servers()).hasSize(1);
    assertThat(statistics.traffic().bytes()).isEqualTo(100);
    assertThat(statistics.traffic().totalConnections()).isEqualTo(1);
  }

  @Test
  void publishesNothingForAChangeThatChangesNothing() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    control.reachability(Map.of(A, Reachability.REACHABLE));
    control.retire();
    plane.forget();

    control.apply(List.of(OTHER, SERVICE));
    control.replace(SERVICE);
    control.clearOverride(SERVICE.key(), B);
    control.reachability(Map.of(A, Reachability.REACHABLE));
    control.overloaded(Set.of());
    control.reap();

    assertThat(plane.calls).isEmpty();
  }

  @Test
  void knowsWhatItHeardOfAServerThatNobodyHasYet() throws Exception {
    control.reachability(Map.of(A, Reachability.REACHABLE));
    assertThat(plane.calls).isEmpty();

    control.add(OTHER);

    assertThat(control.membership().services().iterator().next().members().getFirst())
        .extracting(member -> member.effectiveWeight())
        .isEqualTo(1);
  }

  @Test
  void touchesNothingButTheTableForWhatConcernsAServer() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    plane.forget();

    control.reachability(Map.of(A, Reachability.REACHABLE));
    control.overloaded(Set.of(0));
    control.overloaded(Set.of());
    control.overrideWeight(SERVICE.key(), B, 9);

    assertThat(plane.calls)
        .containsExactly(
            "prepare", "commit", "prepare", "commit", "prepare", "commit", "prepare", "commit");
    assertThat(plane.prepared)
        .allSatisfy(change -> {
          assertThat(change.movesVips()).isFalse();
          assertThat(change.movesSlots()).isFalse();
          assertThat(change.serversComing()).isEmpty();
          assertThat(change.serversGoing()).isEmpty();
        });
  }

  @Test
  void beginsNoGenerationForAPreview() throws Exception {
    control.draft(List.of(SERVICE));
    control.draft(List.of(SERVICE, OTHER));
    assertThat(slots.generation(0)).isZero();

    control.apply(List.of(SERVICE));
    assertThat(slots.generation(0)).isEqualTo(1);

    control.draft(List.of(OTHER));
    plane.refusal = new IOException("refused");
    assertThatThrownBy(() -> control.add(OTHER)).hasMessage("refused");
    assertThat(slots.generation(2)).isZero();
  }

  @Test
  void tellsDataPlanesThatWerePreparedToLetGoWhenALaterOneRefuses() throws Exception {
    var second = new FakeDataPlane();
    control.follow(second);
    control.add(SERVICE);
    ControlState before = control.state();
    plane.forget();
    second.forget();
    second.refusal = new IOException("no memory");

    assertThatThrownBy(() -> control.add(OTHER)).hasMessage("no memory");

    assertThat(plane.calls).containsExactly("prepare", "retire");
    assertThat(plane.retired).containsExactly(before);
    assertThat(second.calls).containsExactly("prepare");
    assertThat(control.state()).isSameAs(before);
  }

  @Test
  void letsGoOnceEverybodyHasTakenTheNewState() throws Exception {
    control.add(SERVICE);
    plane.taken = false;
    control.remove(SERVICE.key());

    assertThat(control.retire()).isFalse();
    assertThat(control.hasUnretired()).isTrue();
    control.reap(); // a loop may still give flows to a server that has gone
    assertThat(control.membership().services()).hasSize(1);

    plane.taken = true;
    assertThat(control.retire()).isTrue();
    assertThat(control.hasUnretired()).isFalse();
    control.reap();
    assertThat(control.membership().services()).isEmpty();
  }

  @Test
  void countsNothingOfTheHolderBeforeForTheNextOneOfASlot() throws Exception {
    control.add(SERVICE);
    counters.begin(0, 1);
    counters.forwarded(0, 100);
    control.remove(SERVICE.key());
    control.reap();
    control.add(OTHER);

    assertThat(control.membership().services().iterator().next().members().getFirst().slot())
        .isZero();
    assertThat(control.statistics().getFirst().traffic().bytes()).isZero();
    counters.begin(0, 2); // the event loop hears of it
    counters.forwarded(0, 60);
    assertThat(control.statistics().getFirst().traffic().bytes()).isEqualTo(60);
  }

  @Test
  void ownsNothingBeforeItIsToldTo() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    assertThat(control.state().owned()).isEmpty();
    assertThat(isOpen(SERVICE)).isFalse();

    control.own();
    assertThat(control.state().owned()).containsExactlyInAnyOrder(vip(SERVICE), vip(OTHER));
    assertThat(isOpen(SERVICE)).isTrue();

    VirtualService third = VirtualService.tcp("192.0.2.12", 80);
    control.add(third);
    assertThat(control.state().owned()).contains(vip(third));

    control.standby();
    assertThat(control.state().owned()).isEmpty();
    assertThat(isOpen(third)).isFalse();
    assertThat(control.services()).hasSize(3);
  }

  @Test
  void ownsOneVipUntilADeadlineAndTellsDataPlanesWhenThatChangesWhoIsOwned() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    plane.forget();

    control.own(List.of(vip(OTHER)), 100);
    control.own(List.of(vip(OTHER)), 200);
    assertThat(plane.calls).containsExactly("commit");
    assertThat(control.state().owned()).containsExactly(vip(OTHER));
    now = 199;
    assertThat(isOpen(OTHER)).isTrue();
    assertThat(isOpen(SERVICE)).isFalse();

    now = 200;
    assertThat(isOpen(OTHER)).isFalse();
    control.own(List.of(vip(OTHER)), 300); // lapsed, and announced again
    assertThat(plane.committed).extracting(state -> state.owned().size()).containsExactly(1, 0, 1);

    control.standby(List.of(vip(OTHER)));
    assertThat(control.state().owned()).isEmpty();
    assertThatThrownBy(() -> control.standby(List.of(IpPrefix.parse("192.0.2.99"))))
        .hasMessage("no VIP 192.0.2.99 (expected: the VIP of a service)");
  }

  @Test
  void claimsAVipAgainThatHasLapsed() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    control.own(List.of(vip(OTHER)), 100);
    assertThat(plane.claimed).containsExactly(vip(OTHER));
    now = 100;

    control.own(List.of(vip(OTHER)), 200);

    assertThat(plane.claimed).containsExactly(vip(OTHER));
    now = 200;
    control.standby(List.of(vip(OTHER)));
    assertThat(plane.claimed).isEmpty();
  }

  @Test
  void forgetsTheDeadlineOfAVipThatWent() throws Exception {
    control.own();
    control.apply(List.of(SERVICE, OTHER));
    control.standby(List.of(vip(OTHER)));
    control.remove(OTHER.key());
    control.add(OTHER);

    assertThat(control.state().owned()).contains(vip(OTHER));
  }

  @Test
  void keepsTheGateOfAVipThatGoesShutWhileALoopMayStillForwardForIt() throws Exception {
    control.own();
    control.apply(List.of(SERVICE, OTHER));
    control.standby(List.of(vip(OTHER)));
    control.retire();
    plane.taken = false;

    control.remove(OTHER.key());
    assertThat(isOpen(OTHER)).isFalse();
    control.own(); // all that there are, and that may come
    assertThat(isOpen(OTHER)).isFalse();
    assertThat(isOpen(SERVICE)).isTrue();
    control.retire();
    assertThat(isOpen(OTHER)).isFalse();

    plane.taken = true;
    control.retire();
    assertThat(gates.now())
        .usingRecursiveComparison()
        .isEqualTo(VipGates.Deadlines.all(VipGates.FOREVER));
  }

  @Test
  void keepsTheGateOfAVipThatGoesOpenUntilItsServicesAreGone() throws Exception {
    control.apply(List.of(SERVICE, OTHER));
    control.own(List.of(vip(OTHER)), 100);
    control.retire();
    plane.taken = false;

    control.remove(OTHER.key());
    assertThat(isOpen(OTHER)).isTrue();
    control.own(List.of(vip(SERVICE)), 100);
    assertThat(isOpen(OTHER)).isTrue();
    control.standby();
    assertThat(isOpen(OTHER)).as("nothing is ours").isFalse();

    control.own(List.of(vip(SERVICE)), 100);
    control.remove(SERVICE.key());
    assertThat(isOpen(SERVICE)).isTrue();
    plane.taken = true;
    control.retire();
    assertThat(isOpen(SERVICE)).isFalse();
  }

  @Test
  void beginsAnewWithAVipThatComesBackBeforeTheLoopsHaveSeenItGo() throws Exception {
    control.own();
    control.apply(List.of(SERVICE, OTHER));
    control.standby(List.of(vip(OTHER)));
    plane.taken = false;
    control.remove(OTHER.key());
    control.add(OTHER);

    assertThat(control.state().owned()).contains(vip(OTHER));
    assertThat(isOpen(OTHER)).isTrue();
  }

  @Test
  void countsRefusalsOfPersistenceThatServicesHaveNoMore() throws Exception {
    Persistence narrow = Persistence.sourceAddress(Duration.ofMinutes(1)).quota(1);
    control.apply(List.of(SERVICE.persistence(narrow), OTHER.persistence(narrow)));
    refuse(SERVICE, 3);
    refuse(OTHER, 2);
    assertThat(control.tables().refusedPersistence()).isEqualTo(5);

    control.replace(SERVICE.persistence(narrow.quota(2)));
    assertThat(control.tables().refusedPersistence()).as("another policy").isEqualTo(5);
    control.addServer(OTHER.key(), RealServer.of("192.0.2.29"));
    assertThat(control.tables().refusedPersistence()).as("the same table").isEqualTo(5);
    control.remove(OTHER.key());
    control.reap();
    assertThat(control.tables().refusedPersistence()).as("no service").isEqualTo(5);
    control.replace(SERVICE);
    assertThat(control.tables().refusedPersistence()).as("no persistence").isEqualTo(5);
  }

  private void refuse(VirtualService service, int times) {
    PersistenceTable table = control.persistenceTables().get(service.key());
    for (int host = 0; host <= times; host++) {
      var entry =
          new StoredEntry(false, 0, 0x0a000000L + host, 0, 0, 0, 0, 0, 0, 1, Long.MAX_VALUE);
      assertThat(requireNonNull(table).restore(entry)).isEqualTo(host == 0);
    }
  }

  private static IpPrefix vip(VirtualService service) {
    return service.key().vip();
  }

  private boolean isOpen(VirtualService service) {
    return gates.now().isOpen(false, 0, vip(service).low(), now);
  }

  private void resolveBoth() throws Exception {
    control.add(SERVICE);
    control.reachability(Map.of(A, Reachability.REACHABLE, B, Reachability.REACHABLE));
  }

  private ServerStatistics server(InetAddress address) {
    return control.statistics().getFirst().servers().stream()
        .filter(server -> server.address().equals(address))
        .findFirst()
        .orElseThrow();
  }
}
