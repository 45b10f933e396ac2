package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.core.BalancerEvent;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.linux.namespace.NetworkNamespace;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a change costs beside the table: {@code server eth0 - lan host}. */
final class ControlWaitsIT {

  private static final InetAddress SERVER = InetAddress.ofLiteral("10.9.0.21");
  private static final VirtualService WEB =
      VirtualService.tcp("10.9.0.10", 80).realServer(RealServer.of("10.9.0.21"));
  private static final VirtualService WEB6 =
      VirtualService.tcp("fd09::10", 80).realServer(RealServer.of("fd09::21"));

  private final BlockingQueue<BalancerEvent> events = new LinkedBlockingQueue<>();
  private NetworkNamespace server;
  private NetworkNamespace host;

  @BeforeEach
  void build() throws Exception {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeTrue(NetworkNamespace.isPermitted(), "needs CAP_SYS_ADMIN");
    }
    server = NetworkNamespace.create("server");
    host = NetworkNamespace.create("host");
    run(
        host,
        """
        ip link add name lan type veth peer name eth0 netns %s
        ip link set lan addrgenmode none # an address that is not tentative later on, which is news
        ip address add fe80::5/64 dev lan nodad
        ip address add 10.9.0.5/24 dev lan
        ip address add fd09::5/64 dev lan nodad
        ip link set lan up
        """
            .formatted(server.path()));
    run(server, "ip link set eth0 up");
  }

  @AfterEach
  void takeDown() {
    host.close();
    server.close();
  }

  @Test
  void waitsForNobodyAndLooksAtNoInterfaceWhenServersAnswerOrFallSilent() throws Exception {
    try (DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface("lan")
            .eventLoops(3)
            .service(WEB)
            .service(WEB6)
            .listener(events::add)
            .build()) {
      host.call(() -> balancer.start().sync());
      long waits = balancer.waits();
      assertThat(waits).isPositive();

      run(
          server,
          """
          ip address add 10.9.0.21/24 dev eth0
          ip address add fd09::21/64 dev eth0 nodad
          """);
      awaitResolved(2);
      balancer.overrideWeight(WEB.key(), SERVER, 7).toCompletableFuture().join();
      balancer.clearOverride(WEB.key(), SERVER).toCompletableFuture().join();
      balancer.apply(List.of(WEB, WEB6)).toCompletableFuture().join();

      assertThat(balancer.statistics().services())
          .allSatisfy(s -> assertThat(s.servers().getFirst().effectiveWeight()).isEqualTo(1));
      assertThat(balancer.waits()).isEqualTo(waits);
    }
  }

  private void awaitResolved(int servers) throws Exception {
    for (int resolved = 0; resolved < servers; ) {
      BalancerEvent event = events.poll(15, TimeUnit.SECONDS);
      assertThat(event).as("an event, after %d servers were resolved", resolved).isNotNull();
      resolved += event instanceof BalancerEvent.ServerResolved ? 1 : 0;
    }
  }

  private static void run(NetworkNamespace namespace, String commands) throws Exception {
    Process process =
        namespace.processBuilder(List.of("sh", "-ec", commands)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", commands, output).isZero();
  }
}
