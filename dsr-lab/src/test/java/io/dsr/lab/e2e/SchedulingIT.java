package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.Persistence;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which server takes a connection, as clients and servers see it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SchedulingIT {

  private static final int PORT = 80;
  private static final int CLIENTS = 16;
  private static final int FIRST_CLIENT = 100;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(4).build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    open.add(HttpServers.start(lab.servers(), Lab.VIP6, PORT));
    for (int i = FIRST_CLIENT; i < FIRST_CLIENT + CLIENTS; i++) {
      Host client = lab.client();
      String _ = Command.run(client, "ip", "addr", "add", ipv4(i) + "/24", "dev", "seg0");
      String _ = Command.run(client, "ip", "addr", "add", ipv6(i) + "/64", "dev", "seg0", "nodad");
    }
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void spreadsOneToOneByRoundRobin() throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      List<Host> servers = lab.servers().subList(0, 2);
      VirtualService service = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), servers);
      try (var balanced = EmbeddedBalancer.start(lab, service)) {

        Map<String, Integer> answers = count(asked(vip, 40));

        assertThat(answers).containsExactly(Map.entry("server1", 20), Map.entry("server2", 20));
        assertThat(balanced.connections(service.key()).values()).containsExactly(20L, 20L);
      }
    }
  }

  @Test
  void spreadsThreeToOneByWeightedRoundRobin() throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      VirtualService service =
          weighted(vip, Schedulers.weightedRoundRobin(), Map.of("server1", 3, "server2", 1));
      try (var balanced = EmbeddedBalancer.start(lab, service)) {

        Map<String, Integer> answers = count(asked(vip, 40));

        assertThat(answers).containsExactly(Map.entry("server1", 30), Map.entry("server2", 10));
        assertThat(balanced.connections(service.key()).values())
            .containsExactlyInAnyOrder(30L, 10L);
      }
    }
  }

  static Stream<Scheduler> hashing() {
    return Stream.of(Schedulers.sourceHash(), Schedulers.maglev());
  }

  @ParameterizedTest
  @MethodSource("hashing")
  void keepsEachClientOnOneServerAndAgreesWithAnotherBalancer(Scheduler scheduler)
      throws Exception {
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      VirtualService service = RunningBalancer.tcp(vip, PORT, scheduler, lab.servers());
      VirtualService reversed = RunningBalancer.tcp(vip, PORT, scheduler, lab.servers().reversed());

      Map<InetAddress, String> first = placement(vip, service);
      Map<InetAddress, String> second = placement(vip, reversed);

      assertThat(second).isEqualTo(first);
      assertThat(new HashSet<>(first.values())).as("%s", first).hasSizeGreaterThan(1);
    }
  }

  @Test
  void keepsAClientUntilItsPersistenceEndsAndMovesOnAfterwards() throws Exception {
    Duration timeout = Duration.ofMinutes(5);
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      VirtualService service =
          RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers().subList(0, 3))
              .persistence(Persistence.sourceAddress(timeout));
      var clock = new ShiftedTicker();
      try (var _ = EmbeddedBalancer.start(lab, b -> b.ticker(clock), service)) {
        InetAddress other = clients(vip).getFirst();

        List<String> kept = asked(vip, 10);
        String others = Client.server(lab.client(), vip, PORT, other);
        List<String> still = asked(vip, 5);

        assertThat(new HashSet<>(kept)).hasSize(1);
        assertThat(others).isNotEqualTo(kept.getFirst());
        assertThat(new HashSet<>(still)).containsExactly(kept.getFirst());

        clock.advance(timeout.plusSeconds(2));
        List<String> after = asked(vip, 5);

        assertThat(new HashSet<>(after)).hasSize(1).doesNotContain(kept.getFirst());
      }
    }
  }

  @Test
  void countsEachConnectionOnceWhateverItCarries() throws Exception {
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers().subList(0, 2));
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      for (int i = 0; i < 4; i++) {
        String _ =
            Command.run(
                lab.client(),
                "curl",
                "-sSf",
                "-o",
                "/dev/null",
                "http://195.30.70.200/download?bytes=2000000");
      }

      assertThat(balanced.connections(service.key()).values()).containsExactly(2L, 2L);
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(4);
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isZero();
    }
  }

  private Map<InetAddress, String> placement(InetAddress vip, VirtualService service)
      throws Exception {
    Map<InetAddress, String> placement = new LinkedHashMap<>();
    ServiceKey key = service.key();
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      for (InetAddress client : clients(vip)) {
        var servers = new HashSet<String>();
        for (int i = 0; i < 8; i++) {
          servers.add(Client.server(lab.client(), vip, PORT, client));
        }
        assertThat(servers).as("servers of %s", client).hasSize(1);
        placement.put(client, servers.iterator().next());
      }
      assertThat(balanced.connections(key).values().stream().mapToLong(n -> n).sum())
          .as("%s", balanced.balancer().statistics().verdicts())
          .isEqualTo(CLIENTS * 8L);
    }
    return placement;
  }

  private VirtualService weighted(
      InetAddress vip, Scheduler scheduler, Map<String, Integer> weights) {
    VirtualService service = VirtualService.tcp(vip.getHostAddress(), PORT).scheduler(scheduler);
    for (Host server : lab.servers()) {
      Integer weight = weights.get(server.name());
      if (weight != null) {
        service = service.realServer(server.addressLike(vip).getHostAddress(), weight);
      }
    }
    return service;
  }

  private List<String> asked(InetAddress vip, int times) throws Exception {
    List<String> servers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      servers.add(Client.server(lab.client(), vip, PORT));
    }
    return servers;
  }

  private static Map<String, Integer> count(List<String> servers) {
    Map<String, Integer> counts = new TreeMap<>();
    servers.forEach(server -> counts.merge(server, 1, Integer::sum));
    return counts;
  }

  private static List<InetAddress> clients(InetAddress vip) {
    List<InetAddress> clients = new ArrayList<>();
    for (int i = FIRST_CLIENT; i < FIRST_CLIENT + CLIENTS; i++) {
      clients.add(InetAddress.ofLiteral(vip.equals(Lab.VIP) ? ipv4(i) : ipv6(i)));
    }
    return clients;
  }

  private static String ipv4(int suffix) {
    return "216.139.43." + suffix;
  }

  private static String ipv6(int suffix) {
    return "2001:db8:43::" + suffix;
  }
}
