package io.dsr.core.control;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.HashKey;
import io.dsr.core.Health;
import io.dsr.core.Persistence;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTimes;
import io.dsr.core.frame.Addresses;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ServiceTableBuilderTest {

  private static final Persistence SHORT = Persistence.sourceAddress(Duration.ofSeconds(5));
  private static final Persistence LONG = Persistence.sourceAddress(Duration.ofHours(5));
  private static final VirtualService DNS = VirtualService.udp("192.0.2.10", 53);

  private int pickers;

  private final Scheduler counting =
      servers -> {
        pickers++;
        return flow -> Picker.NONE;
      };

  private final ServiceTableBuilder tableBuilder =
      new ServiceTableBuilder(
          List.of(new OverloadDetector(new ServerCounters(16), 16)),
          HashKey.PLACEMENT,
          () -> 0,
          100);
  private final VirtualService web =
      VirtualService.tcp("192.0.2.10", 80).scheduler(counting).realServer("192.0.2.21");
  private Membership membership = Membership.empty(new Slots(16)).put(web);
  private ServiceTable serviceTable = tableBuilder.serviceTable(membership, ServiceTable.EMPTY);

  @Test
  void keepsThePickersOfAServiceWhenAnotherChanges() {
    assertThat(pickers).isEqualTo(1);

    change(membership.put(DNS.realServer("192.0.2.22")));
    change(membership.put(DNS));
    change(membership.remove(DNS.key()));
    change(membership);
    change(membership.put(web));

    assertThat(pickers).isEqualTo(1);
  }

  @Test
  void makesAPickerForEachLoopUnlessOneWillDoForAll() {
    var first = new OverloadDetector(new ServerCounters(16), 16);
    var second = new OverloadDetector(new ServerCounters(16), 16);
    var two = new ServiceTableBuilder(List.of(first, second), HashKey.PLACEMENT, () -> 0, 100);
    VirtualService shared =
        VirtualService.tcp("192.0.2.11", 80)
            .scheduler(Schedulers.maglev())
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(1)))
            .realServer("192.0.2.21");
    pickers = 0;

    List<ServiceTable> serviceTables =
        two.serviceTables(Membership.empty(new Slots(16)).put(web).put(shared), two.none());

    assertThat(pickers).isEqualTo(2);
    assertThat(serviceTables).hasSize(2);
    ServiceEntry one = requireNonNull(serviceTables.getFirst().service(shared.key()));
    ServiceEntry other = requireNonNull(serviceTables.getLast().service(shared.key()));
    assertThat(one.pickers().scheduled()).isSameAs(other.pickers().scheduled());
    assertThat(one.pickers().midFlow()).isSameAs(other.pickers().midFlow());
    assertThat(one.persistence()).isSameAs(other.persistence()).isNotNull();
    assertThat(one.mayTake(0)).isEqualTo(other.mayTake(0));

    assertThat(two.serviceTables(Membership.empty(new Slots(16)).put(web), serviceTables))
        .hasSize(2);
  }

  @Test
  void makesPickersAnewWhenServersChange() {
    change(membership.put(web.realServer("192.0.2.22")));
    assertThat(pickers).isEqualTo(2);
    change(membership.put(web.realServer("192.0.2.22", 2)));
    assertThat(pickers).isEqualTo(3);
    change(membership.reachability(InetAddress.ofLiteral("192.0.2.22"), Reachability.REACHABLE));
    assertThat(pickers).isEqualTo(4);
    change(membership.put(web));
    assertThat(pickers).isEqualTo(5);
    change(membership.reap(member -> true));
    assertThat(pickers).isEqualTo(5);
    change(membership.put(web.scheduler(Schedulers.roundRobin())));
    change(membership.put(web));
    assertThat(pickers).isEqualTo(6);
  }

  @Test
  void keepsThePickersWhenAConditionChangesButNoWeight() {
    InetAddress server = InetAddress.ofLiteral("192.0.2.21");
    ServiceKey key = web.key();
    change(membership.reachability(server, Reachability.REACHABLE));
    pickers = 0;

    change(membership.health(key, server, Health.up("HTTP 200")));
    change(membership.overrideWeight(key, server, 1));
    change(membership.clearOverride(key, server));
    assertThat(pickers).isZero();
    change(membership.health(key, server, Health.down("HTTP 503")));
    assertThat(pickers).isOne();
    change(membership.health(key, server, Health.down("HTTP 500")));
    change(membership.drain(key, server));
    change(membership.reachability(server, Reachability.UNREACHABLE));
    change(membership.undrain(key, server));
    change(membership.reachability(server, Reachability.REACHABLE));
    assertThat(pickers).isOne();
    change(membership.overrideWeight(key, server, 7));
    assertThat(pickers).as("what hashes go by").isEqualTo(2);
    change(membership.health(key, server, Health.UNKNOWN));
    assertThat(pickers).isEqualTo(3);
  }

  @Test
  void keepsThePersistenceTableWhileThePolicyIsTheSame() {
    change(membership.put(web.persistence(SHORT)));
    var table = planned(web.key()).persistence();
    assertThat(table).isNotNull();

    change(membership.put(web.persistence(SHORT).realServer("192.0.2.22")));
    assertThat(planned(web.key()).persistence()).isSameAs(table);
    change(membership.put(web.persistence(LONG)));
    assertThat(planned(web.key()).persistence()).isNotNull().isNotSameAs(table);
    change(membership.put(web));
    assertThat(planned(web.key()).persistence()).isNull();
  }

  @Test
  void refusesMoreTimeoutsThanALoopCanKeepBeforeAnyLoopSeesThem() {
    Membership many = membership;
    for (int port = 1; port < FlowTimes.CLASSES; port++) {
      many = many.put(timed(port));
    }
    assertThat(tableBuilder.serviceTable(many, serviceTable).services()).hasSize(FlowTimes.CLASSES);
    Membership tooMany = many.put(timed(FlowTimes.CLASSES));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> tableBuilder.serviceTable(tooMany, serviceTable))
        .withMessage("timeouts: 257 different sets, including the default (expected: at most 256)");
  }

  private static VirtualService timed(int port) {
    var timeouts = FlowTimeouts.DEFAULT.udp(Duration.ofSeconds(1_000 + port));
    return VirtualService.tcp("192.0.2.77", port).rules(ServiceRules.DEFAULT.timeouts(timeouts));
  }

  @Test
  void namesTheServiceWhoseSchedulerFails() {
    var cause = new IllegalStateException("on purpose");
    VirtualService failing =
        DNS.scheduler(servers -> {
          throw cause;
        });

    assertThatIllegalArgumentException()
        .isThrownBy(() -> tableBuilder.serviceTable(membership.put(failing), serviceTable))
        .withMessageContaining("udp 192.0.2.10:53")
        .withMessageContaining("on purpose")
        .withCause(cause);
  }

  @Test
  @SuppressWarnings("NullAway") // what a user without that checker can do
  void namesTheServiceWhoseSchedulerReturnsNoPicker() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            tableBuilder.serviceTable(membership.put(DNS.scheduler(servers -> null)), serviceTable))
        .withMessageContaining("udp 192.0.2.10:53");
  }

  @Test
  void forgetsARemovedServiceButNotTheVipOfAnother() {
    change(membership.put(DNS));
    change(membership.remove(web.key()));

    assertThat(serviceTable.service(web.key())).isNull();
    assertThat(serviceTable.service(flow(80, 6))).isNull();
    assertThat(serviceTable.service(flow(53, 17))).isNotNull();
    assertThat(serviceTable.isVip(flow(80, 6))).isTrue();
    change(membership.remove(DNS.key()));
    assertThat(serviceTable.isVip(flow(80, 6))).isFalse();
  }

  @Test
  void findsEachOfManyServicesAndNoOther() {
    for (int i = 0; i < 500; i++) {
      String vip = "198.18." + i / 250 + "." + (i % 250 + 1);
      membership = membership.put(VirtualService.tcp(vip, 1000 + i));
      membership = membership.put(VirtualService.udp("2001:db8::" + Integer.toHexString(i), 53));
    }
    change(membership);
    assertThat(serviceTable.hasIpv6()).isTrue();
    for (int i = 0; i < 500; i++) {
      String vip = "198.18." + i / 250 + "." + (i % 250 + 1);
      var flow = new FlowKey(HashKey.PLACEMENT);
      flow.ipv4(1, Addresses.ipv4(vip), 1, 1000 + i, 6);
      assertThat(requireNonNull(serviceTable.service(flow)).key())
          .isEqualTo(VirtualService.tcp(vip, 1000 + i).key());
      flow.transport(1, 1000 + i, 17);
      assertThat(serviceTable.service(flow)).isNull();
      flow.transport(1, 1001 + i, 6);
      assertThat(serviceTable.service(flow)).isNull();
      assertThat(serviceTable.isVip(flow)).isTrue();
      flow.ipv4(1, Addresses.ipv4(vip) + (3 << 8), 1, 1000 + i, 6);
      assertThat(serviceTable.isVip(flow)).isFalse();
      String wide = "2001:db8::" + Integer.toHexString(i);
      flow.ipv6(1, 1, Addresses.ipv6(wide, 0), Addresses.ipv6(wide, 1)).transport(1, 53, 17);
      assertThat(requireNonNull(serviceTable.service(flow)).key().address())
          .isEqualTo(InetAddress.ofLiteral(wide));
    }
  }

  @Test
  void tellsAnIpv4AddressFromAnIpv6OneOfTheSameNumber() {
    var flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv6(1, 1, 0, Addresses.ipv4("192.0.2.10") & 0xffff_ffffL).transport(1, 80, 6);

    assertThat(serviceTable.isVip(flow)).isFalse();
    assertThat(serviceTable.service(flow)).isNull();
  }

  private void change(Membership next) {
    membership = next;
    serviceTable = tableBuilder.serviceTable(next, serviceTable);
  }

  private ServiceEntry planned(ServiceKey key) {
    return requireNonNull(serviceTable.service(key));
  }

  private static FlowKey flow(int port, int protocol) {
    var flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv4(1, Addresses.ipv4("192.0.2.10"), 1, port, protocol);
    return flow;
  }
}
