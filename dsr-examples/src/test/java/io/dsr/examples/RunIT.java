package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.BalancerProgram;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Runs the jar as an operator would, in the lab's balancer host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RunIT {

  /** What package makes. */
  static final Path JAR = Path.of("target", "dsr-examples.jar").toAbsolutePath();

  private static final int PORT = 80;
  private static final int CALLS = 6;
  private static final long END_SECONDS = 2;

  @TempDir private Path directory;
  private Lab lab;
  private HttpServers http;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    assertThat(JAR).as("what package makes").exists();
    lab = Lab.builder().servers(2).build();
    http = HttpServers.start(lab.servers(), Lab.VIP, PORT);
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      http.close();
      lab.close();
    }
  }

  @Test
  void servesReloadsAndEndsBySignals() throws Exception {
    String networkInterface = lab.balancer().networkInterface();
    try (BalancerProgram running = start("--stats=1")) {
      assertThat(answerers()).containsExactlyInAnyOrder(names());

      running.rules(service(1, 0));
      running.signal("HUP");
      running.awaitError("reload: 0 added, 1 changed (");
      assertThat(answerers()).containsExactly(lab.servers().getFirst().name());

      running.rules(service(0, 1));
      Files.writeString(running.rules(), "-D -t " + vip() + "\n", StandardOpenOption.APPEND);
      running.signal("HUP");
      running.awaitError("reload: rejected, the old rules stay");
      assertThat(running.errors())
          .anyMatch(line -> line.contains(running.rules() + ":4: -D (a change)"));
      assertThat(answerers()).containsExactly(lab.servers().getFirst().name());
      running.awaitError("service / server");

      running.signal("TERM");
      assertThat(running.await(END_SECONDS)).isZero();
      assertThat(running.output()).containsExactly("READY " + networkInterface + ": tcp " + vip());
      assertThat(running.errors())
          .noneMatch(line -> line.contains("WARN") || line.contains("Exception"));
    }
  }

  @Test
  void answersOverItsControlSocket() throws Exception {
    Path socket = directory.resolve("control");
    try (BalancerProgram running = start("--control=" + socket)) {
      assertThat(Files.getPosixFilePermissions(socket))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      assertThat(answerers()).containsExactlyInAnyOrder(names());
      String service = "tcp " + vip();
      String first = lab.servers().getFirst().ipv4().getHostAddress();
      String last = lab.servers().getLast().ipv4().getHostAddress();

      assertThat(ask(socket, 0, "status")).contains(vip(), first, last, "FORWARD_NEW");
      assertThat(ask(socket, 0, "flows", "--count")).contains(Integer.toString(CALLS));
      assertThat(ask(socket, 0, "flows", "--json", "--server", first)).contains("FIN_WAIT");
      assertThat(ask(socket, 0, "sessions")).isNotEmpty();
      assertThat(ask(socket, 0, "explain", "--tcp", "203.0.113.9:4711", vip()))
          .contains("Its flow is not in the flow table", "FORWARD_NEW");
      assertThat(ask(socket, 0, "set", "tcp", vip(), first, "weight=0")).isNotNull();
      assertThat(answerers()).containsExactly(lab.servers().getLast().name());
      running.rules(service(2, 1));
      assertThat(ask(socket, 0, "preview", running.rules().toString())).contains("servers");
      reload(running, 1);
      assertThat(answerers()).as("overridden").containsExactly(lab.servers().getLast().name());
      assertThat(ask(socket, 0, "flows", "--forget", "--service", service)).isNotEmpty();
      assertThat(ask(socket, 0, "drain", "tcp", vip(), first, "--deadline=5s")).isNotEmpty();
      assertThat(ask(socket, 0, "set", "tcp", vip(), first, "weight=configured"))
          .contains("has its configured weight 2, was 0");
      running.rules(service(3, 1));
      reload(running, 2);
      assertThat(answerers()).as("draining").containsExactly(lab.servers().getLast().name());
      assertThat(ask(socket, 0, "status")).contains(first + "\t3\t\t0\t", "draining");
      assertThat(ask(socket, 0, "undrain", "tcp", vip(), first))
          .contains("is no longer draining; its weight is now 3 (configured)");
      assertThat(answerers()).containsExactlyInAnyOrder(names());
      Path file = directory.resolve("snapshot");
      assertThat(ask(socket, 0, "snapshot", "export", file.toString())).isNotEmpty();
      assertThat(file).exists();
      assertThat(ask(socket, 0, "snapshot", "import", file.toString())).isNotEmpty();
      assertThat(ask(socket, 2, "set", "tcp", vip(), "192.0.2.99", "weight=1"))
          .contains("192.0.2.99");

      running.signal("TERM");
      assertThat(running.await(END_SECONDS)).isZero();
      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void reloadsOverTheSocketAndEndsBeforeAllReloadsThatWait() throws Exception {
    Path socket = directory.resolve("reload");
    try (BalancerProgram running = start("--control=" + socket)) {
      running.rules(service(2, 1));
      assertThat(ask(socket, 0, "reload")).startsWith("reload: 0 added, 1 changed (");
      String good = Files.readString(running.rules());
      Files.writeString(running.rules(), good + "-X\n");
      int line = good.lines().toList().size() + 1;
      assertThat(ask(socket, 2, "reload"))
          .contains("reload: " + running.rules() + ":" + line + ": \"-X\"")
          .contains("reload: rejected, the old rules stay");
      Path damaged = Files.writeString(directory.resolve("damaged"), "DSRSNAP?");
      assertThat(ask(socket, 1, "snapshot", "import", damaged.toString()))
          .contains(damaged + " is not a snapshot of this version");

      Files.writeString(running.rules(), good);
      for (int i = 0; i < 200; i++) {
        running.signal("HUP");
      }
      running.signal("TERM");
      assertThat(running.await(END_SECONDS)).isZero();
    }
  }

  /** Has the rules read again, for the {@code time}th time since the start. */
  private static void reload(BalancerProgram running, int time) throws Exception {
    running.signal("HUP");
    running.awaitErrors("reload: 0 added, 1 ", time);
    assertThat(running.errors())
        .filteredOn(line -> line.startsWith("reload: 0 added, 1 "))
        .hasSize(time);
  }

  /** Runs a command against the socket, and returns all that it says. */
  private static String ask(Path socket, int status, String... words) throws Exception {
    List<String> command = BalancerProgram.java("-jar", JAR.toString());
    command.addAll(List.of(words));
    command.add("--control=" + socket);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(BalancerProgram.PATIENCE)).isTrue();
      assertThat(process.exitValue()).as("%s: %s", command, said).isEqualTo(status);
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void failsWithOneLineWithoutTheInterface() throws Exception {
    List<String> options = List.of("--interface=missing0");
    try (var running = BalancerProgram.launch(lab, JAR, options, service(1, 1))) {
      assertThat(running.await(BalancerProgram.PATIENCE.toSeconds())).isEqualTo(1);
      assertThat(running.output()).isEmpty();
      assertThat(running.errors())
          .singleElement()
          .asString()
          .startsWith("run: interface missing0 does not exist (expected: one of ");
    }
  }

  private BalancerProgram start(String option) throws Exception {
    return BalancerProgram.start(lab, JAR, List.of(option), service(1, 1));
  }

  private VirtualService service(int first, int second) {
    return VirtualService.tcp(Lab.VIP.getHostAddress(), PORT)
        .scheduler(Schedulers.weightedRoundRobin())
        .realServers(
            List.of(
                new RealServer(lab.servers().getFirst().ipv4(), first),
                new RealServer(lab.servers().getLast().ipv4(), second)));
  }

  private static String vip() {
    return Lab.VIP.getHostAddress() + ":" + PORT;
  }

  private Set<String> answerers() throws IOException {
    return HttpCall.servers(lab.client(), Lab.VIP, PORT, CALLS);
  }

  private String[] names() {
    return lab.servers().stream().map(Host::name).toArray(String[]::new);
  }
}
