package io.dsr.examples;

import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The bundled program's {@code run}, as a process of its own in the lab's balancer host. */
final class RunningBalancer implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 15;

  private final Process process;
  private final Path rules;
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();

  private RunningBalancer(Process process, Path rules) {
    this.process = process;
    this.rules = rules;
    Thread reader = new Thread(() -> process.errorReader().lines().forEach(errors::add));
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it by rules for both VIPs, and waits until it says that it is ready. */
  static RunningBalancer start(Lab lab, String silence) throws Exception {
    Path rules = Files.createTempFile("lab", ".rules");
    Files.writeString(rules, rules(lab.servers()));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        lab.balancer()
            .namespace()
            .processBuilder(
                List.of(
                    java,
                    "-Xmx512m",
                    "-jar",
                    Path.of("target", "dsr-examples.jar").toAbsolutePath().toString(),
                    "run",
                    "--interface",
                    lab.balancer().networkInterface(),
                    "--rules",
                    rules.toString(),
                    "--silence",
                    silence))
            .start();
    var running = new RunningBalancer(process, rules);
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String first = output.readLine();
    if (first == null || !first.startsWith("READY ")) {
      running.close();
      throw new IOException("not READY but " + first + "; " + running.errors);
    }
    return running;
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

  /** Returns what it has said on standard error so far. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** Waits until a line on standard error contains {@code text}. */
  void awaitError(String text) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (errors.stream().noneMatch(line -> line.contains(text))) {
      if (System.nanoTime() > end) {
        throw new IOException("no \"" + text + "\" in " + errors);
      }
      Thread.sleep(20);
    }
  }

  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  /** Waits for its end and returns its exit code. */
  int await(long seconds) throws Exception {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IOException("still running after " + seconds + " s: " + errors);
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    Files.deleteIfExists(rules);
  }
}
