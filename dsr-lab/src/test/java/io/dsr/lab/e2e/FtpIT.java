package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Passive FTP: two connections of one client, to two ports of the VIP, have to meet one server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FtpIT {

  private static final int FTP = 21;
  private static final int FIRST_UNPRIVILEGED = 1_024;
  private static final int LAST_PORT = 65_535;
  private static final int BODY = 5_000_000;
  private static final int FIRST_CLIENT = 100;
  private static final int CLIENTS = 20;
  private static final Duration REMEMBERED = Duration.ofMinutes(1);

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private Path files;
  private Path upload;

  @BeforeAll
  void build(@TempDir Path directory) throws Exception {
    files = directory;
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).build();
    open.add(lab);
    open.add(FtpServers.start(lab.servers(), directory));
    for (int i = FIRST_CLIENT; i < FIRST_CLIENT + CLIENTS; i++) {
      Host host = lab.client();
      for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
        String bits = vip instanceof Inet6Address ? "/64" : "/24";
        String address = client(vip, i).getHostAddress() + bits;
        String _ = Command.run(host, "ip", "addr", "add", address, "dev", "seg0", "nodad");
      }
    }
    byte[] body = new byte[BODY];
    new Random(1).nextBytes(body);
    upload = Files.write(directory.resolve("upload"), body);
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"195.30.70.200, 20", "2001:db8:70::200, 6"})
  void carriesUploadsAndDownloadsOfManyClientsThroughOneGroup(String literal, int clients)
      throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = group(vip).persistence(Persistence.sourceAddress(REMEMBERED));
    try (var balanced = start(service)) {
      for (int i = FIRST_CLIENT; i < FIRST_CLIENT + clients; i++) {
        // IPv6 has no PASV.
        String mode = vip instanceof Inet6Address || i % 2 == 0 ? "--ftp-pasv" : "--disable-epsv";

        Path back = transfer(vip, client(vip, i), mode);

        assertThat(Files.mismatch(back, upload)).as("client %d, %s", i, mode).isEqualTo(-1);
        Files.delete(back);
      }

      Map<InetAddress, Set<InetAddress>> servers = new HashMap<>();
      Map<InetAddress, Set<Boolean>> kinds = new HashMap<>();
      for (FlowEntry flow : flows(balanced, service)) {
        servers.computeIfAbsent(flow.client(), _ -> new HashSet<>()).add(flow.server());
        kinds.computeIfAbsent(flow.client(), _ -> new HashSet<>()).add(flow.port() == FTP);
      }
      assertThat(servers).hasSize(clients).allSatisfy((_, met) -> assertThat(met).hasSize(1));
      assertThat(kinds.values()).allSatisfy(both -> assertThat(both).hasSize(2));
      assertThat(balanced.connections(service.key()).values())
          .as("three connections of each client: control, upload, download")
          .allSatisfy(n -> assertThat(n).isGreaterThanOrEqualTo(3L * (clients / 3)));
      assertThat(balanced.verdict("FORWARD_NEW")).as("first ones").isEqualTo(clients);
      assertThat(balanced.verdict("FORWARD_PERSISTENT")).isEqualTo(2L * clients);
    }
  }

  @Test
  void doesNotWorkWithoutPersistence() throws Exception {
    try (var balanced = start(group(Lab.VIP))) {
      assertThatThrownBy(() -> transfer(Lab.VIP, client(Lab.VIP, FIRST_CLIENT), "--disable-epsv"))
          .hasMessageContaining("curl");

      assertThat(balanced.connections(group(Lab.VIP).key()).values())
          .as("control and data connection")
          .containsExactlyInAnyOrder(1L, 1L, 0L);
    }
  }

  private VirtualService group(InetAddress vip) {
    var unprivileged = new PortRange(FIRST_UNPRIVILEGED, LAST_PORT);
    return RunningBalancer.tcp(vip, FTP, Schedulers.roundRobin(), lab.servers())
        .addKey(new ServiceKey(Protocol.TCP, IpPrefix.of(vip), unprivileged));
  }

  private EmbeddedBalancer start(VirtualService service) throws Exception {
    return EmbeddedBalancer.start(lab, builder -> builder.maximumConnections(1 << 12), service);
  }

  private static List<FlowEntry> flows(EmbeddedBalancer balanced, VirtualService service)
      throws Exception {
    var wanted = FlowFilter.ALL.service(service.key());
    return EmbeddedBalancer.await(balanced.balancer().flows(wanted, 0, 1_000)).flows();
  }

  /** Uploads a file and gets it again, by two data connections under one control connection. */
  private Path transfer(InetAddress vip, InetAddress client, String mode) throws Exception {
    String host = vip.getHostAddress();
    String url = "ftp://" + (vip instanceof Inet6Address ? "[" + host + "]" : host) + "/file";
    Path back = files.resolve("back");
    String own = client.getHostAddress();
    var first = options(own, mode, "-T", upload.toString(), url);
    var second = options(own, mode, "-o", back.toString(), url);
    var command = new ArrayList<String>(List.of("curl", "--fail-early"));
    command.addAll(first);
    command.add("--next");
    command.addAll(second);
    String _ = Command.run(lab.client().namespace(), command);
    return back;
  }

  private static List<String> options(String own, String mode, String... more) {
    var options = new ArrayList<String>(List.of("-sS", "-g", "--max-time", "20", mode));
    options.addAll(List.of("--interface", own, "--user", FtpServers.LOGIN));
    options.addAll(List.of(more));
    return options;
  }

  private static InetAddress client(InetAddress vip, int suffix) {
    String network = vip instanceof Inet6Address ? "2001:db8:43::" : "216.139.43.";
    return InetAddress.ofLiteral(network + suffix);
  }
}
