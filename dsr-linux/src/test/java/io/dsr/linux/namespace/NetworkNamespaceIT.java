package io.dsr.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.FrameTap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class NetworkNamespaceIT {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Path OWN_NAMESPACE = Path.of("/proc/thread-self/ns/net");

  @BeforeAll
  static void needsNamespaces() {
    var whyNot = NetworkNamespace.whyNot();
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeThat(whyNot).as("network namespaces").isEmpty();
    }
    assertThat(whyNot).isEmpty();
  }

  @Test
  void isAnotherNamespaceThanTheCallersAndThanTheNext() throws Exception {
    try (var first = NetworkNamespace.create("first");
        var second = NetworkNamespace.create("second")) {
      assertThat(List.of(first.identity(), second.identity()))
          .doesNotHaveDuplicates()
          .doesNotContain(ownNamespace());
      assertThat(first.call(NamespaceReport::interfaces)).containsExactly("lo");
    }
  }

  @Test
  void leavesTheCallersThreadWhereItWas() throws Exception {
    String before = ownNamespace();
    try (var namespace = NetworkNamespace.create("other")) {
      assertThat(namespace.call(NetworkNamespaceIT::ownNamespace)).isNotEqualTo(before);
    }

    assertThat(ownNamespace()).isEqualTo(before);
  }

  @Test
  void runsNewThreadsAndChildProcessesInside() throws Exception {
    try (var namespace = NetworkNamespace.create("inside")) {
      var seen = new CompletableFuture<String>();
      Thread thread = namespace.newThread(() -> seen.complete(unchecked()));
      thread.start();
      var child =
          ChildProgram.await(namespace.processBuilder(List.of("readlink", "/proc/self/ns/net")));

      assertThat(seen.get(10, TimeUnit.SECONDS)).isEqualTo(namespace.identity());
      assertThat(child.output()).isEqualTo(namespace.identity());
    }
  }

  @Test
  void hasAPathThatIpCanMoveInterfacesTo() throws Exception {
    try (var first = NetworkNamespace.create("first");
        var second = NetworkNamespace.create("second")) {
      ip(first, "link", "add", "name", "a", "type", "veth", "peer", "name", "b");
      ip(first, "link", "set", "dev", "b", "netns", second.path());

      assertThat(first.call(NamespaceReport::interfaces)).containsExactlyInAnyOrder("lo", "a");
      assertThat(second.call(NamespaceReport::interfaces)).containsExactlyInAnyOrder("lo", "b");
    }
  }

  @Test
  void writesItsOwnSysctlsOnly() throws Exception {
    Path forward = Path.of("/proc/sys/net/ipv4/ip_forward");
    try (var first = NetworkNamespace.create("first");
        var second = NetworkNamespace.create("second")) {
      String before = second.call(() -> Files.readString(forward));
      first.run(() -> Files.writeString(forward, before.startsWith("1") ? "0" : "1"));

      assertThat(first.call(() -> Files.readString(forward))).isNotEqualTo(before);
      assertThat(second.call(() -> Files.readString(forward))).isEqualTo(before);
    }
  }

  @Test
  void entersANamespaceThatExists() throws Exception {
    try (var namespace = NetworkNamespace.create("first");
        var again = NetworkNamespace.enter("again", namespace.path())) {
      assertThat(again.identity()).isEqualTo(namespace.identity());
    }
  }

  @Test
  void saysWhichNamespaceDoesNotExist() {
    assertThatThrownBy(() -> NetworkNamespace.enter("none", "/proc/self/ns/no-such"))
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(LinuxException.class)
        .hasMessageContaining("none: open(/proc/self/ns/no-such): ENOENT");
  }

  @Test
  void rethrowsWhatATaskThrewWithItsCause() throws Exception {
    try (var namespace = NetworkNamespace.create("failing")) {
      assertThatThrownBy(() -> namespace.run(() -> Files.readString(Path.of("/no/such"))))
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(java.nio.file.NoSuchFileException.class);
      assertThatThrownBy(() -> namespace.run(() -> Integer.parseInt("x")))
          .isInstanceOf(IllegalStateException.class)
          .hasCauseInstanceOf(NumberFormatException.class);
      assertThat(namespace.call(() -> namespace.call(() -> "nested"))).isEqualTo("nested");
    }
  }

  @Test
  void isGoneOnceClosed() throws Exception {
    String identity;
    try (var namespace = NetworkNamespace.create("brief")) {
      identity = namespace.identity();
      ChildProgram.await(namespace.processBuilder(List.of("true")));
      assertThat(held()).contains(identity);
    }

    awaitGone(identity);
    assertThat(threadNames()).doesNotContain("brief");
  }

  @Test
  void refusesWorkOnceClosed() throws Exception {
    var namespace = NetworkNamespace.create("closed");
    namespace.close();

    assertThatThrownBy(() -> namespace.call(() -> 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed: the namespace is closed");
  }

  @Test
  void isGoneOnceTheProcessIsKilled() throws Exception {
    Process process = new ProcessBuilder(ChildProgram.java(NamespaceHolder.class)).start();
    try (var output = reader(process)) {
      String identity = output.readLine();
      assertThat(identity).startsWith("net:[");
      assertThat(held()).contains(identity);

      process.destroyForcibly();

      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      awaitGone(identity);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void worksForAnyUserInAUserNamespace() throws Exception {
    var command = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
    }
    command.addAll(List.of("unshare", "-Ur"));
    command.addAll(ChildProgram.java(NamespaceReport.class));

    var result = ChildProgram.run(command);

    assertThat(result.output()).as("status %s", result.status()).contains("links: [lo, v0, v1]");
  }

  @Test
  void isTappedFromInside() throws Exception {
    try (var namespace = NetworkNamespace.create("tapped")) {
      ip(namespace, "link", "set", "lo", "up");
      byte[] frame = namespace.call(NetworkNamespaceIT::ownDatagramHeard);

      assertThat(new String(frame, StandardCharsets.US_ASCII)).endsWith("heard");
    }
  }

  private static byte[] ownDatagramHeard() throws IOException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (var tap = FrameTap.open("lo");
        var socket = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      assertThat(tap.receive(Duration.ofMillis(1))).isEmpty();
      byte[] text = "heard".getBytes(StandardCharsets.US_ASCII);
      socket.send(new DatagramPacket(text, text.length, loopback, socket.getLocalPort()));
      return tap.receive(DEADLINE).orElseThrow().bytes();
    }
  }

  private static void ip(NetworkNamespace namespace, String... arguments) throws Exception {
    var command = new ArrayList<String>(List.of("ip"));
    command.addAll(List.of(arguments));
    var result = ChildProgram.await(namespace.processBuilder(command));
    assertThat(result.status()).as(result.output()).isZero();
  }

  private static String ownNamespace() throws IOException {
    return Files.readSymbolicLink(OWN_NAMESPACE).toString();
  }

  private static String unchecked() {
    try {
      return ownNamespace();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static BufferedReader reader(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static List<String> threadNames() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  /** Returns the network namespaces of all threads of all processes. */
  private static List<String> held() throws IOException {
    var found = new ArrayList<String>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.filter(NetworkNamespaceIT::isProcess).toList()) {
        try (Stream<Path> tasks = Files.list(process.resolve("task"))) {
          tasks.forEach(task -> addNamespace(task, found));
        } catch (IOException | java.io.UncheckedIOException ignored) {
          // It ended while we looked, or is not ours to look at.
        }
      }
    }
    return found;
  }

  private static void addNamespace(Path task, List<String> found) {
    try {
      found.add(Files.readSymbolicLink(task.resolve("ns/net")).toString());
    } catch (IOException ignored) {
      // This thread has ended; its process may have others.
    }
  }

  private static boolean isProcess(Path path) {
    return path.getFileName().toString().chars().allMatch(Character::isDigit);
  }

  private static void awaitGone(String identity) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (held().contains(identity)) {
      assertThat(System.nanoTime()).as("%s is still held", identity).isLessThan(deadline);
      Thread.sleep(5);
    }
  }
}
