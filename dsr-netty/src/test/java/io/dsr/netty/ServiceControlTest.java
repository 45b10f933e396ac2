package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.BalancerEvent;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceTableBuilder;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.scheduler.Schedulers;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private final List<Membership> published = new ArrayList<>();
  private boolean kernelRefuses;
  private final ServiceControl control =
      new ServiceControl(
          slots,
          new TotalServerCounters(List.of(counters)),
          new ServiceTableBuilder(
              new OverloadDetector(counters, slots.count()), HashKey.PLACEMENT, () -> 0, 100),
          () -> 0,
          (before, after, serviceTable) -> {
            if (kernelRefuses) {
              throw new IOException("refused");
            }
            published.add(after);
          },
          events::add);

  @Test
  void tellsWhatEachChangeChanged() throws Exception {
    control.add(SERVICE);
    control.weight(SERVICE.key(), B, 5);
    control.apply(List.of(OTHER));

    VirtualService heavier =
        SERVICE.realServers(List.of(RealServer.of("192.0.2.21"), RealServer.of("192.0.2.22", 5)));
    assertThat(events)
        .containsExactly(
            new BalancerEvent.ServiceAdded(SERVICE),
            new BalancerEvent.ServiceChanged(SERVICE, heavier),
            new BalancerEvent.ServiceRemoved(heavier),
            new BalancerEvent.ServiceAdded(OTHER));
    assertThat(control.services()).containsExactly(OTHER);
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
    kernelRefuses = true;

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
  void refusesWhatDoesNotExistOrExistsAlreadyWithItsName() throws Exception {
    control.add(SERVICE);

    assertThatThrownBy(() -> control.add(SERVICE)).hasMessageContaining("exists");
    assertThatThrownBy(() -> control.replace(OTHER)).hasMessageContaining("no service udp");
    assertThatThrownBy(() -> control.remove(OTHER.key())).hasMessageContaining("192.0.2.11:53");
    assertThatThrownBy(() -> control.weight(SERVICE.key(), InetAddress.ofLiteral("192.0.2.99"), 1))
        .hasMessage("tcp 192.0.2.10:80: no real server 192.0.2.99");
    assertThatThrownBy(() -> control.addServer(SERVICE.key(), RealServer.of("192.0.2.21")))
        .hasMessageContaining("given twice");
    assertThatThrownBy(() -> control.apply(List.of(OTHER, OTHER)))
        .hasMessageContaining("given twice");
    assertThat(published).hasSize(1);
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
  void survivesAListenerThatThrows() throws Exception {
    var deaf =
        new ServiceControl(
            slots,
            new TotalServerCounters(List.of(counters)),
            new ServiceTableBuilder(
                new OverloadDetector(counters, slots.count()), HashKey.PLACEMENT, () -> 0, 100),
            () -> 0,
            (before, after, serviceTable) -> {},
            event -> {
              throw new IllegalStateException("deaf");
            });

    deaf.add(SERVICE);

    assertThat(deaf.services()).containsExactly(SERVICE);
  }
}
