package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import io.dsr.core.Ticker;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ControlState;
import io.dsr.core.control.DataPlane;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.linux.namespace.NetworkNamespace;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the host is held for while changes are refused, or not taken yet: {@code eth0 - lan}. */
final class HostDatapathIT {

  private static final VirtualService FIRST = service("10.9.0.10", "10.9.0.21");
  private static final VirtualService SECOND = service("10.9.0.11", "10.9.0.22");
  private static final VirtualService THIRD = service("10.9.0.12", "10.9.0.23");

  private NetworkNamespace host;
  private boolean refuses;

  @BeforeEach
  void build() throws Exception {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeTrue(NetworkNamespace.isPermitted(), "needs CAP_SYS_ADMIN");
    }
    host = NetworkNamespace.create("host");
    String commands =
        """
        ip link add name lan type veth peer name eth0
        ip address add 10.9.0.5/24 dev lan
        ip link set lan up
        ip link set eth0 up
        """;
    Process process =
        host.processBuilder(List.of("sh", "-ec", commands)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", commands, output).isZero();
  }

  @AfterEach
  void takeDown() {
    host.close();
  }

  @Test
  void looksForNoServerOfAChangeThatAnotherDataPlaneRefuses() throws Exception {
    run((control, datapath) -> {
      control.apply(List.of(FIRST));
      refuses = true;

      assertThatThrownBy(() -> control.add(SECOND)).hasMessage("no memory");
      assertThat(datapath.servers()).containsExactly(server(FIRST));
      awaitRetired(control);
      assertThat(datapath.held()).containsExactly(vip(FIRST));

      assertThatThrownBy(() -> control.remove(FIRST.key())).hasMessage("no memory");
      assertThat(datapath.servers()).containsExactly(server(FIRST));
      refuses = false;
      control.add(THIRD);
      assertThat(datapath.servers()).containsExactlyInAnyOrder(server(FIRST), server(THIRD));
    });
  }

  @Test
  void holdsAVipThatWentUntilEachLoopForwardsByANewerTableWhateverComesInBetween()
      throws Exception {
    run((control, datapath) -> {
      control.apply(List.of(FIRST, SECOND, THIRD));
      awaitRetired(control);
      var busy = new CountDownLatch(1);
      datapath.shards().getLast().order(() -> await(busy));

      control.remove(FIRST.key());
      control.remove(SECOND.key());
      assertThat(control.retire()).isFalse();
      assertThat(datapath.held()).contains(vip(FIRST), vip(SECOND), vip(THIRD));

      busy.countDown();
      awaitRetired(control);
      assertThat(datapath.held()).containsExactly(vip(THIRD));
    });
  }

  private interface Scene {
    void play(ServiceControl control, HostDatapath datapath) throws Exception;
  }

  private void run(Scene scene) throws Exception {
    var slots = new Slots(16);
    var gates = new VipGates(/* open= */ false);
    List<OverloadDetector> loads = OverloadDetector.ofLoops(2, slots.count());
    var control =
        new ServiceControl(
            slots,
            new TotalServerCounters(loads.stream().map(OverloadDetector::counters).toList()),
            new ServiceTableBuilder(loads, HashKey.PLACEMENT, Ticker.system(), 16),
            Ticker.system(),
            gates,
            event -> {});
    host.call(() -> {
      try (HostDatapath datapath =
          HostDatapath.open(
              settings(), control.state(), slots, gates, loads, new Deaf(), (n, e) -> {})) {
        control.follow(datapath);
        control.follow(new Refusing());
        scene.play(control, datapath);
      }
      return true;
    });
  }

  private static HostSettings settings() {
    return new HostSettings(
        List.of(new Interface("lan", true)),
        List.of(),
        Duration.ZERO,
        config -> {},
        new DirectorLimits(64, HashKey.PLACEMENT),
        Ticker.system(),
        SuppressorChoice.AUTO,
        VipOwnership.OWN,
        new NeighbourResolver.Timings(Duration.ofSeconds(1), Duration.ofSeconds(30), 3),
        pipeline -> {});
  }

  private final class Refusing implements DataPlane {

    @Override
    public void prepare(ServiceDiff change, ControlState next) throws Exception {
      if (refuses) {
        throw new IOException("no memory");
      }
    }

    @Override
    public void commit(ServiceDiff change, ControlState next) {}

    @Override
    public boolean retire(ControlState inForce) {
      return true;
    }
  }

  private static final class Deaf implements NeighbourListener {

    @Override
    public void resolved(InetAddress server, MacAddress mac) {}

    @Override
    public void unreachable(InetAddress server) {}

    @Override
    public void moved(InetAddress server, MacAddress from, MacAddress to) {}

    @Override
    public void conflict(InetAddress vip, MacAddress claimant) {}
  }

  private static void awaitRetired(ServiceControl control) throws InterruptedException {
    while (!control.retire()) {
      Thread.sleep(1); // a loop takes a table by itself
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static VirtualService service(String vip, String server) {
    return VirtualService.tcp(vip, 80).realServer(server);
  }

  private static IpPrefix vip(VirtualService service) {
    return service.key().vip();
  }

  private static InetAddress server(VirtualService service) {
    return service.realServers().getFirst().address();
  }
}
