package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.FlowFilter;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.Scheduler;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import io.dsr.netty.DsrBalancer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A balancer that goes on with what another one has written, from its first frame on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RestoreIT {

  private static final int ECHO = 7;
  private static final int FLOWS = 24;

  private Lab lab;
  private UdpEchoServers echo;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).build();
    echo = UdpEchoServers.start(lab.servers(), Lab.VIP, ECHO);
  }

  @AfterAll
  void close() throws Exception {
    if (echo != null) {
      echo.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void keepsEachFlowsServerThoughFramesNeverPause(int loops, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("snapshot");
    Flows flows;
    try (var before = EmbeddedBalancer.start(lab, service(Schedulers.roundRobin()))) {
      flows = new Flows();
      flows.awaitAnswers();
      assertThat(EmbeddedBalancer.await(before.balancer().exportSnapshot(file))).isEqualTo(FLOWS);
    }
    try (flows) {
      Map<Integer, Set<String>> servers = flows.take();
      assertThat(servers.values()).allSatisfy(each -> assertThat(each).hasSize(1));
      assertThat(Set.copyOf(servers.values())).as("all servers took flows").hasSize(3);

      // Would send each flow that it does not know to the first server.
      VirtualService service = service(Schedulers.failover());
      try (var after =
          EmbeddedBalancer.start(lab, b -> b.eventLoops(loops).restore(file), service)) {
        flows.awaitAnswers();
        assertThat(flows.take()).isEqualTo(servers);
        assertThat(after.verdict("FORWARD_NEW")).isZero();
        assertThat(after.verdict("DROP_NO_SERVER")).isZero();
        assertThat(after.verdict("FORWARD_FLOW")).isPositive();
        assertThat(EmbeddedBalancer.await(after.balancer().flows(FlowFilter.ALL, 0, 1_000)).flows())
            .hasSize(FLOWS);
      }
    }
  }

  @Test
  void keepsAClientsServerThatPersistenceRemembers(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("snapshot");
    Persistence policy = Persistence.sourceAddress(Duration.ofMinutes(5));
    String server;
    try (var before =
            EmbeddedBalancer.start(lab, service(Schedulers.roundRobin()).persistence(policy));
        var flows = new Flows()) {
      flows.awaitAnswers();
      server = flows.take().values().iterator().next().iterator().next();
      assertThat(EmbeddedBalancer.await(before.balancer().forgetFlows(FlowFilter.ALL)))
          .isPositive();
      EmbeddedBalancer.await(before.balancer().exportSnapshot(file));
    }
    VirtualService service = others(server).persistence(policy);
    try (var flows = new Flows();
        var after = EmbeddedBalancer.start(lab, b -> b.restore(file), service)) {
      flows.awaitAnswers();

      assertThat(flows.take().values()).allMatch(Set.of(server)::equals);
      assertThat(EmbeddedBalancer.await(after.balancer().persistenceEntries(FlowFilter.ALL, 10)))
          .hasSize(1);
    }
  }

  @Test
  void doesNotStartFromAFileThatIsMissingOrDamaged(@TempDir Path directory) throws Exception {
    Path missing = directory.resolve("missing");
    Path damaged = Files.writeString(directory.resolve("damaged"), "DSRSNAP\u0001, but no more");

    for (Path file : List.of(missing, damaged)) {
      try (DsrBalancer balancer =
          DsrBalancer.builder()
              .networkInterface(lab.balancer().networkInterface())
              .service(service(Schedulers.roundRobin()))
              .restore(file)
              .build()) {
        var start = lab.balancer().namespace().call(balancer::start);
        assertThatThrownBy(() -> EmbeddedBalancer.await(start))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining(file.equals(missing) ? "does not exist" : "is damaged");
      }
    }
    try (var flows = new Flows();
        var _ = EmbeddedBalancer.start(lab, service(Schedulers.roundRobin()))) {
      flows.awaitAnswers(); // nothing was left behind that would be in the way
    }
  }

  private VirtualService service(Scheduler scheduler) {
    return RunningBalancer.udp(Lab.VIP, ECHO, scheduler, lab.servers());
  }

  /** Returns a service whose scheduler prefers any other server to that. */
  private VirtualService others(String name) {
    VirtualService service = service(Schedulers.failover());
    return service.realServers(
        lab.servers().stream()
            .map(host -> new RealServer(host.ipv4(), host.name().equals(name) ? 1 : 9))
            .toList());
  }

  /** Flows of the client that send without a pause, and note who answers. */
  private final class Flows implements AutoCloseable {

    private final List<DatagramChannel> channels = new ArrayList<>();
    private final Map<Integer, Set<String>> answers = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean closed;

    Flows() throws Exception {
      lab.client()
          .namespace()
          .call(() -> {
            for (int i = 0; i < FLOWS; i++) {
              var channel = DatagramChannel.open();
              channel.configureBlocking(false);
              channel.connect(new InetSocketAddress(Lab.VIP, ECHO));
              channels.add(channel);
            }
            return channels;
          });
      thread = Thread.ofPlatform().daemon().start(this::send);
    }

    private void send() {
      ByteBuffer answer = ByteBuffer.allocate(100);
      while (!closed) {
        for (int flow = 0; flow < channels.size(); flow++) {
          try {
            channels.get(flow).write(ByteBuffer.wrap(new byte[] {'x'}));
            while (channels.get(flow).read(answer.clear()) > 0) {
              String text = StandardCharsets.US_ASCII.decode(answer.flip()).toString();
              answers
                  .computeIfAbsent(flow, any -> ConcurrentHashMap.newKeySet())
                  .add(text.substring(0, text.indexOf(' ')));
            }
          } catch (IOException unreachable) {
            // Nobody has the VIP just now.
          }
        }
        LockSupport.parkNanos(1_000_000);
      }
    }

    /** Waits until each flow has an answer. */
    void awaitAnswers() throws Exception {
      RunningBalancer.awaitTrue("an answer to each flow", () -> answers.size() == FLOWS);
    }

    /** Returns who has answered which flow since this was last asked. */
    Map<Integer, Set<String>> take() {
      Map<Integer, Set<String>> taken = Map.copyOf(answers);
      answers.clear();
      return taken;
    }

    @Override
    public void close() throws IOException {
      closed = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      for (DatagramChannel channel : channels) {
        channel.close();
      }
    }
  }
}
