package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
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

  private static final int PORT = 80;
  private static final int CALLS = 6;
  private static final long END_SECONDS = 2;

  @TempDir private Path directory;
  private Lab lab;
  private HttpServers http;

  @BeforeAll
  void build() throws Exception {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeThat(NetworkNamespace.whyNot()).as("network namespaces").isEmpty();
    }
    assertThat(RunningBalancer.JAR).as("what package makes").exists();
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
    Path rules = Files.writeString(directory.resolve("rules"), rules(1, 1));
    String networkInterface = lab.balancer().networkInterface();
    try (RunningBalancer running = start(rules, "--stats=1")) {
      awaitServers(running);
      assertThat(answerers()).containsExactlyInAnyOrder(names());

      Files.writeString(rules, rules(1, 0));
      running.signal("HUP");
      running.awaitError("reload: 0 added, 1 changed (");
      assertThat(answerers()).containsExactly(lab.servers().getFirst().name());

      Files.writeString(rules, rules(0, 1) + "-D -t " + vip() + "\n");
      running.signal("HUP");
      running.awaitError("reload: rejected, the old rules stay");
      assertThat(running.errors()).anyMatch(line -> line.contains(rules + ":4: -D (a change)"));
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
    Path rules = Files.writeString(directory.resolve("controlled"), rules(1, 1));
    Path socket = directory.resolve("control");
    try (RunningBalancer running = start(rules, "--control=" + socket)) {
      awaitServers(running);
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
      Files.writeString(rules, rules(2, 1));
      assertThat(ask(socket, 0, "preview", rules.toString())).contains("servers");
      reload(running, 1);
      assertThat(answerers()).as("overridden").containsExactly(lab.servers().getLast().name());
      assertThat(ask(socket, 0, "flows", "--forget", "--service", service)).isNotEmpty();
      assertThat(ask(socket, 0, "drain", "tcp", vip(), first, "--deadline=5s")).isNotEmpty();
      assertThat(ask(socket, 0, "set", "tcp", vip(), first, "weight=configured"))
          .contains("has its configured weight 2, was 0");
      Files.writeString(rules, rules(3, 1));
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

  /** Has the rules read again, for the {@code time}th time since the start. */
  private static void reload(RunningBalancer running, int time) throws Exception {
    running.signal("HUP");
    running.awaitErrors("reload: 0 added, 1 ", time);
    assertThat(running.errors())
        .filteredOn(line -> line.startsWith("reload: 0 added, 1 "))
        .hasSize(time);
  }

  /** Runs a command against the socket, and returns all that it says. */
  private static String ask(Path socket, int status, String... words) throws Exception {
    List<String> command = RunningBalancer.java("-jar", RunningBalancer.JAR.toString());
    command.addAll(List.of(words));
    command.add("--control=" + socket);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(RunningBalancer.PATIENCE)).isTrue();
      assertThat(process.exitValue()).as("%s: %s", command, said).isEqualTo(status);
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void failsWithOneLineWithoutTheInterface() throws Exception {
    Path rules = Files.writeString(directory.resolve("one"), rules(1, 1));
    try (RunningBalancer running = RunningBalancer.launch(lab, rules, "--interface=missing0")) {
      assertThat(running.await(RunningBalancer.PATIENCE.toSeconds())).isEqualTo(1);
      assertThat(running.output()).isEmpty();
      assertThat(running.errors())
          .singleElement()
          .asString()
          .startsWith("run: interface missing0 does not exist (expected: one of ");
    }
  }

  private RunningBalancer start(Path rules, String option) throws IOException {
    return RunningBalancer.launch(
        lab, rules, "--interface=" + lab.balancer().networkInterface(), option);
  }

  private String rules(int first, int second) {
    String server = "-a -t " + vip() + " -r %s:" + PORT + " -g -w %d%n";
    return "-A -t "
        + vip()
        + " -s wrr\n"
        + server.formatted(lab.servers().getFirst().ipv4().getHostAddress(), first)
        + server.formatted(lab.servers().getLast().ipv4().getHostAddress(), second);
  }

  private static String vip() {
    return Lab.VIP.getHostAddress() + ":" + PORT;
  }

  private Set<String> answerers() throws IOException {
    Set<String> names = new HashSet<>();
    for (int call = 0; call < CALLS; call++) {
      names.add(
          lab.client().namespace().call(() -> HttpCall.download(Lab.VIP, PORT, 1_000)).server());
    }
    return names;
  }

  private String[] names() {
    return lab.servers().stream().map(Host::name).toArray(String[]::new);
  }

  private static void awaitServers(RunningBalancer running) throws Exception {
    running.awaitReady();
    running.awaitErrors(" is at ", 2);
  }
}
