package io.dsr.lab.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.Balancer;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.UdpEchoServers;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program of somebody else's, compiled against the packaged jars alone, embeds a balancer and
 * calls every method of {@link Balancer}: no {@code --add-exports}, no {@code --add-opens}, no
 * other module than {@code io.dsr.netty} named.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EmbeddingIT {

  private static final Path SOURCES = Path.of("src", "test", "resources", "embedding");
  private static final String MODULE = "org.example.embedding";
  private static final String MAIN = MODULE + ".UseEveryMethod";
  private static final String NATIVE_ACCESS =
      "--enable-native-access=io.dsr.linux,io.netty.common,io.netty.transport.unix.common";
  private static final List<String> SHORT_LIVED =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--illegal-native-access=deny");
  private static final int ECHO = 7000;
  private static final int LIMITED = 7001;
  private static final int PATIENCE_SECONDS = 15;

  /** What a program says of {@link #ask}'s datagrams and of its own changes. */
  private static final List<String> SAID =
      List.of(
          "registration: true",
          "services: 2",
          "statistics: true",
          "flows: 2",
          "persistenceEntries: 1",
          "bans: 1",
          "unban: 1",
          "explain: FORWARD",
          "preview: 1",
          "overridden: 7",
          "cleared: 1",
          "down: 0",
          "up: 1",
          "drained: true",
          "draining: 0",
          "undrained: 1",
          "applied: 1",
          "exportSnapshot: true",
          "forgetFlows: 1",
          "forgetPersistence: 1",
          "importSnapshot: true",
          "remembered: 1",
          "END");

  private Path folder = Path.of("");
  private List<Path> jars = List.of();
  private String modulePath = "";
  private Lab lab;

  @BeforeAll
  void build(@TempDir Path files) throws Exception {
    folder = files;
    assumeThat(Requirements.whyNot("ip", "nsenter")).as("network namespaces").isEmpty();
    jars = PackagedJars.find();
    modulePath = modulePath();
    lab = Lab.builder().servers(2).build();
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void runsOnTheClassPath() throws Exception {
    Path classes = folder.resolve("classes");
    List<Path> path = new ArrayList<>(jars);
    path.add(classes);
    tool(
        "javac",
        "-Xlint:all",
        "-Werror",
        "-d",
        classes.toString(),
        "--class-path",
        PackagedJars.join(jars),
        SOURCES.resolve("org/example/embedding/UseEveryMethod.java").toString());

    List<String> said =
        java("--enable-native-access=ALL-UNNAMED", "--class-path", PackagedJars.join(path), MAIN);

    assertThatEveryMethodWasCalled(said);
  }

  @Test
  void runsOnTheModulePath() throws Exception {
    List<String> said =
        java(NATIVE_ACCESS, "--module-path", modulePath, "--module", MODULE + "/" + MAIN);

    assertThatEveryMethodWasCalled(said);
  }

  @Test
  void runsAsAnImageOfItsOwn() throws Exception {
    Path image = folder.resolve("image");
    tool(
        "jlink",
        "--module-path",
        modulePath,
        "--add-modules",
        MODULE,
        "--launcher",
        "embedding=" + MODULE + "/" + MAIN,
        "--add-options=" + NATIVE_ACCESS + " " + String.join(" ", SHORT_LIVED),
        "--no-header-files",
        "--no-man-pages",
        "--output",
        image.toString());

    List<String> said = run(List.of(image.resolve("bin").resolve("embedding").toString()));

    assertThatEveryMethodWasCalled(said);
  }

  private static void assertThatEveryMethodWasCalled(List<String> said) {
    List<String> called =
        said.stream()
            .filter(line -> line.startsWith("called: "))
            .map(line -> line.substring("called: ".length()))
            .distinct()
            .toList();
    List<String> methods =
        Arrays.stream(Balancer.class.getMethods()).map(method -> method.toString()).toList();

    assertThat(said).as("what the program says").containsSubsequence(SAID);
    assertThat(called).as("methods of Balancer").containsExactlyInAnyOrderElementsOf(methods);
  }

  /** Compiles the program as a module, and returns a path with everything that it needs. */
  private String modulePath() {
    Path module = folder.resolve("module");
    tool(
        "javac",
        "-Xlint:all",
        "-Werror",
        "-d",
        module.toString(),
        "--class-path", // of nothing: this process has one, which javac would read
        folder.toString(),
        "--module-path",
        PackagedJars.join(jars),
        SOURCES.resolve("module-info.java").toString(),
        SOURCES.resolve("org/example/embedding/UseEveryMethod.java").toString());
    List<Path> path = new ArrayList<>(jars);
    path.add(module);
    return PackagedJars.join(path);
  }

  private static void tool(String name, String... arguments) {
    ToolProvider tool =
        ToolProvider.findFirst(name)
            .orElseThrow(() -> new IllegalStateException(name + ": not in this JDK"));
    var said = new StringWriter();
    var out = new PrintWriter(said);

    int status = tool.run(out, out, arguments);

    assertThat(status).as("%s: %s", name, said).isZero();
  }

  private List<String> java(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** Runs the program at the balancer's place, has the client ask, and returns what it says. */
  private List<String> run(List<String> start) throws Exception {
    Host host = lab.balancer();
    List<String> command = new ArrayList<>(start);
    command.add(host.networkInterface());
    command.add(host.mac().toString());
    command.add(lab.client().ipv4().getHostAddress());
    command.add(Lab.VIP.getHostAddress());
    lab.servers().forEach(server -> command.add(server.ipv4().getHostAddress()));
    command.add(Files.createTempDirectory(folder, "files").toString());
    Path errors = Files.createTempFile(folder, "errors", "");
    NetworkNamespace namespace = host.namespace();
    Process process = namespace.processBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> said = new ArrayList<>();
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        said.add(line);
        if (line.equals("READY")) {
          lab.client().namespace().run(this::ask);
          process.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
        }
      }
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
      assertThat(process.exitValue())
          .as("%s%nstdout: %s%nstderr: %s", command, said, Files.readString(errors))
          .isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Breaks the limit of one service, and is answered by the other: then both are decided. */
  private void ask() throws IOException {
    try (var _ = UdpEchoServers.start(lab.servers(), Lab.VIP, ECHO);
        var first = new DatagramSocket();
        var second = new DatagramSocket()) {
      first.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      send(first, LIMITED);
      send(second, LIMITED);
      send(first, ECHO);
      var answer = new DatagramPacket(new byte[100], 100);
      first.receive(answer);
      assertThat(text(answer)).matches("server[12] hello");
    }
  }

  private static void send(DatagramSocket socket, int port) throws IOException {
    byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
    InetAddress vip = Lab.VIP;
    socket.send(new DatagramPacket(hello, hello.length, vip, port));
  }

  private static String text(DatagramPacket answer) {
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
  }
}
