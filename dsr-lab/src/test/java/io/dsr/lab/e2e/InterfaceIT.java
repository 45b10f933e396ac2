package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent.ServerUnreachable;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.NeighbourTimings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The balancer's own interface goes down while it runs, and comes back. */
final class InterfaceIT {

  private static final int PORT = 80;
  private static final NeighbourTimings SHORT =
      new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 4);
  private static final Duration SHORT_ENOUGH = Duration.ofSeconds(4);

  private Lab lab;

  @BeforeEach
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).build();
  }

  @AfterEach
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void knowsAfterItsCableIsBackWhichServerWasLostMeanwhile() throws Exception {
    InetAddress lost = lab.servers().getFirst().ipv4();
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.neighbourTimings(SHORT), service)) {
      setDown(lab.balancer(), "seg0", true);
      awaitBothUnreachable(balanced);
      plug(lab.servers().getFirst(), "down");
      setDown(lab.balancer(), "seg0", false);

      RunningBalancer.awaitTrue(
          "the server that is left",
          () ->
              balanced.server(service.key(), lab.servers().getLast().ipv4()).effectiveWeight() == 1
                  && balanced.server(service.key(), lost).effectiveWeight() == 0);
      assertThat(servers()).containsExactly("server2");

      plug(lab.servers().getFirst(), "up");
      balanced.awaitServers();
      assertThat(servers()).containsExactlyInAnyOrder("server1", "server2");
    }
  }

  @Test
  void raisesNoExceptionForEachQuestionThatCannotBeSent() throws Exception {
    var raised = new LinkedBlockingQueue<Throwable>();
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.neighbourTimings(SHORT).pipeline(p -> p.addLast(new Listening(raised))),
            service)) {
      setDown(lab.balancer(), "seg0", true);
      awaitBothUnreachable(balanced);

      assertThat(balanced.balancer().statistics().sendDrops()).isPositive();
      assertThat(raised).isEmpty();
    }
  }

  @Test
  void takesOrdersWhileItsInterfaceIsDown() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var balanced = EmbeddedBalancer.start(lab, b -> b.neighbourTimings(SHORT), service)) {
      setDown(lab.balancer(), "seg0", true);

      EmbeddedBalancer.await(
          balanced.balancer().removeRealServer(service.key(), lab.servers().getFirst().ipv4()));

      setDown(lab.balancer(), "seg0", false);
      balanced.awaitServers();
      assertThat(servers()).containsExactly("server2");
    }
  }

  private static void awaitBothUnreachable(EmbeddedBalancer balanced) throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(balanced.awaitEvent(SHORT_ENOUGH, ServerUnreachable.class::isInstance))
          .isNotNull();
    }
  }

  private Set<String> servers() throws Exception {
    return HttpCall.servers(lab.client(), Lab.VIP, PORT, 6);
  }

  private void plug(Host host, String state) throws Exception {
    String _ = Command.run(lab.segment(), List.of("ip", "link", "set", "dev", host.name(), state));
  }

  /** Routes and IPv6 addresses go with the interface; nothing here needs them. */
  private static void setDown(Host host, String name, boolean down) throws Exception {
    String _ = Command.run(host, "ip", "link", "set", "dev", name, down ? "down" : "up");
  }

  private static final class Listening extends ChannelInboundHandlerAdapter {

    private final Queue<Throwable> raised;

    Listening(Queue<Throwable> raised) {
      this.raised = raised;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      raised.add(cause);
    }
  }
}
