package io.dsr.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.rules.RulesWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A bundled program's {@code run} as a process of its own, and all that it has said. */
public final class BalancerProgram extends RunningBalancer {

  private final Lab lab;
  private final Process process;
  private final Path rules;
  private final long servers;
  private final Queue<String> output = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> readers = new ArrayList<>();

  private BalancerProgram(Lab lab, Process process, Path rules, long servers) {
    this.lab = lab;
    this.process = process;
    this.rules = rules;
    this.servers = servers;
    read(process.inputReader(UTF_8), output);
    read(process.errorReader(UTF_8), errors);
  }

  private void read(BufferedReader from, Queue<String> into) {
    readers.add(Thread.ofPlatform().daemon().start(() -> from.lines().forEach(into::add)));
  }

  /** Starts a program on the lab's interface, and returns once all its servers may be chosen. */
  public static BalancerProgram start(
      Lab lab, Path jar, List<String> options, VirtualService... services) throws Exception {
    List<String> all = new ArrayList<>(options);
    all.add("--interface=" + lab.balancer().networkInterface());
    return once(
        launch(lab, jar, all, services),
        program -> {
          program.awaitReady();
          program.awaitServers();
        });
  }

  /** Starts a program with these options of {@code run} and no others, ready or not. */
  public static BalancerProgram launch(
      Lab lab, Path jar, List<String> options, VirtualService... services) throws IOException {
    Path rules = Files.createTempFile("lab", ".rules");
    boolean success = false;
    try {
      Files.write(rules, lines(services));
      List<String> command = java("-Xmx512m", "-jar", jar.toString(), "run", "--rules=" + rules);
      command.addAll(options);
      Process process = lab.balancer().namespace().processBuilder(command).start();
      success = true;
      return new BalancerProgram(lab, process, rules, servers(services));
    } finally {
      if (!success) {
        Files.deleteIfExists(rules);
      }
    }
  }

  /** Returns a command of this Java, to which words can be added. */
  public static List<String> java(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(words));
    return command;
  }

  private static List<String> lines(VirtualService... services) {
    return Stream.of(services).flatMap(s -> RulesWriter.write(s).stream()).toList();
  }

  private static long servers(VirtualService... services) {
    return Stream.of(services)
        .flatMap(s -> s.realServers().stream())
        .map(RealServer::address)
        .distinct()
        .count();
  }

  /** Returns the file of its rules, which a test may spoil. */
  public Path rules() {
    return rules;
  }

  /** Writes other rules in the place of those that it has; SIGHUP has it read them. */
  public void rules(VirtualService... services) throws IOException {
    Files.write(rules, lines(services));
  }

  /** Returns what it has said on standard output so far, a line each. */
  public List<String> output() {
    return List.copyOf(output);
  }

  /** Returns what it has said on standard error so far, a line each. */
  public List<String> errors() {
    return List.copyOf(errors);
  }

  /**
   * Waits until it says that it is ready.
   *
   * @throws IOException if it ends instead, with what it says
   */
  public void awaitReady() throws Exception {
    awaitSaid("READY", () -> !output.isEmpty() || !process.isAlive());
    if (output.stream().noneMatch(line -> line.startsWith("READY "))) {
      joinReaders();
      throw new IOException("not READY but " + output + "; " + errors);
    }
  }

  /** Waits until it has found as many servers as the services have that it was started with. */
  @Override
  public void awaitServers() throws Exception {
    awaitErrors(" has MAC address ", servers);
  }

  /** Waits until a line on standard error contains {@code text}. */
  public void awaitError(String text) throws Exception {
    awaitErrors(text, 1);
  }

  /** Waits until so many lines on standard error contain {@code text}. */
  public void awaitErrors(String text, long count) throws Exception {
    awaitSaid(
        count + " times \"" + text + "\"",
        () -> errors.stream().filter(line -> line.contains(text)).count() >= count);
  }

  private void awaitSaid(String what, Callable<Boolean> condition) throws Exception {
    try {
      awaitTrue(what, condition);
    } catch (AssertionError late) {
      throw new AssertionError(late.getMessage() + "; standard error: " + errors, late);
    }
  }

  /**
   * Sends it a signal, such as {@code HUP}.
   *
   * @throws IOException if it has ended
   */
  public void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " fails: the balancer has ended; " + errors);
    }
  }

  /**
   * Waits for its end, reads all that it has said, and returns its exit code.
   *
   * @throws IOException if it still runs after so many seconds
   */
  public int await(long seconds) throws Exception {
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
  long frames() throws IOException {
    return process.isAlive() ? lab.balancer().counters().receivedPackets() : -1;
  }

  @Override
  void end() {
    try {
      process.destroyForcibly().onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
      Files.deleteIfExists(rules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
