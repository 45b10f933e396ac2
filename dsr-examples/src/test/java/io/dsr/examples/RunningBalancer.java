package io.dsr.examples;

import io.dsr.lab.Await;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The bundled program's {@code run}, as a process of its own in the lab's balancer host. */
final class RunningBalancer implements AutoCloseable {

  static final Path JAR = Path.of("target", "dsr-examples.jar").toAbsolutePath();

  static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Process process;
  private final Path rules;
  private final Queue<String> output = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> readers = new ArrayList<>();

  private RunningBalancer(Process process, Path rules) {
    this.process = process;
    this.rules = rules;
    read(process.inputReader(StandardCharsets.UTF_8), output);
    read(process.errorReader(StandardCharsets.UTF_8), errors);
  }

  private void read(BufferedReader from, Queue<String> into) {
    readers.add(Thread.ofPlatform().daemon().start(() -> from.lines().forEach(into::add)));
  }

  /** Starts it by rules for both VIPs, and waits until it says that it is ready. */
  static RunningBalancer start(Lab lab, String silence) throws Exception {
    Path rules = Files.createTempFile("lab", ".rules");
    Files.writeString(rules, rules(lab.servers()));
    String networkInterface = lab.balancer().networkInterface();
    RunningBalancer running =
        launch(lab, rules, "--interface", networkInterface, "--silence", silence);
    boolean success = false;
    try {
      running.awaitReady();
      success = true;
      return running;
    } finally {
      if (!success) {
        running.close();
      }
    }
  }

  /** Starts it by these rules with options of its own, ready or not. */
  static RunningBalancer launch(Lab lab, Path rules, String... options) throws IOException {
    List<String> command = java("-Xmx512m", "-jar", JAR.toString(), "run", "--rules=" + rules);
    command.addAll(List.of(options));
    return new RunningBalancer(lab.balancer().namespace().processBuilder(command).start(), rules);
  }

  /** Returns a command of this Java. */
  static List<String> java(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(words));
    return command;
  }

  /** Returns rules that balance port 80 of both VIPs over {@code servers} in turn. */
  static String rules(List<Host> servers) {
    var text = new StringBuilder("# of the lab\n-A -t 195.30.70.200:80 -s rr\n");
    for (Host server : servers) {
      String address = server.ipv4().getHostAddress();
      text.append("-a -t 195.30.70.200:80 -r ").append(address).append(":80 -g -w 1\n");
    }
    text.append("-A -t [2001:db8:70::200]:80 -s rr\n");
    for (Host server : servers) {
      String address = server.ipv6().getHostAddress();
      text.append("-a -t [2001:db8:70::200]:80 -r [").append(address).append("]:80 -g -w 1\n");
    }
    return text.toString();
  }

  Path rules() {
    return rules;
  }

  /** Returns what it has said on standard output so far, a line each. */
  List<String> output() {
    return List.copyOf(output);
  }

  /** Returns what it has said on standard error so far, a line each. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** Waits until it says that it is ready. */
  void awaitReady() throws Exception {
    awaitTrue("READY", () -> !output.isEmpty() || !process.isAlive());
    if (output.stream().noneMatch(line -> line.startsWith("READY "))) {
      joinReaders();
      throw new IOException("not READY but " + output + "; " + errors);
    }
  }

  /** Waits until a line on standard error contains {@code text}. */
  void awaitError(String text) throws Exception {
    awaitErrors(text, 1);
  }

  /** Waits until so many lines on standard error contain {@code text}. */
  void awaitErrors(String text, int count) throws Exception {
    awaitTrue(
        count + " times \"" + text + "\"",
        () -> errors.stream().filter(line -> line.contains(text)).count() >= count);
  }

  private void awaitTrue(String what, Callable<Boolean> condition) throws Exception {
    try {
      Await.until(what, PATIENCE, condition);
    } catch (AssertionError late) {
      throw new AssertionError(late.getMessage() + "; standard error: " + errors, late);
    }
  }

  void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " fails: the balancer has ended; " + errors);
    }
  }

  /** Waits for its end, reads all that it has said, and returns its exit code. */
  int await(long seconds) throws Exception {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IOException("still running after " + seconds + " s: " + errors);
    }
    joinReaders();
    return process.exitValue();
  }

  private void joinReaders() throws InterruptedException {
    for (Thread reader : readers) {
      reader.join(PATIENCE);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    Files.deleteIfExists(rules);
  }
}
