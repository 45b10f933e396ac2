package io.dsr.server.command;

import io.dsr.netty.DsrBalancer;
import io.dsr.netty.HostSuppression;
import io.dsr.netty.ServiceNotice;
import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesReload;
import io.dsr.server.control.ControlServer;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs a balancer on an interface of this host until SIGTERM or SIGINT. SIGHUP reads the rules
 * again.
 */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Run a balancer on this host, with rules in the format of ipvsadm -S -n.",
    footer = {
      "",
      "SIGHUP or dsr reload reads the rules again: live connections continue, and a bad file",
      "changes nothing.",
      "SIGTERM and SIGINT release the VIPs and exit with 0."
    })
public final class RunCommand implements Callable<Integer> {

  private static final long POLL_MILLISECONDS = 50;
  private static final Duration READY = Duration.ofSeconds(3);

  private static final int MOST_CONNECTIONS = 1 << 26;
  private static final int MOST_SERVERS = 65_536;

  private final ServiceNotice notice = ServiceNotice.ofEnvironment();

  /** What happens while it runs; what is asked and answered has no time in front. */
  private final PrintStream log = LogStream.ofStandardError();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--interface",
      required = true,
      paramLabel = "IF",
      description =
          "The interface toward the clients or their router; real servers may be there too; repeatable.")
  private List<String> networkInterfaces = new ArrayList<>();

  @Option(
      names = "--server-interface",
      paramLabel = "IF",
      description = "An interface with real servers only; repeatable.")
  private List<String> serverInterfaces = new ArrayList<>();

  @Option(
      names = "--loops",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The number of event loops; each is a thread with its share of the clients (default: 1).")
  private int loops = 1;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "The number of connections to remember, for each of IPv4 and IPv6 (default: 1048576).")
  private @Nullable Integer maximumConnections;

  @Option(
      names = "--max-servers",
      paramLabel = "N",
      description =
          "The number of real servers, by address; one in two services counts once (default: 4096).")
  private @Nullable Integer maximumServers;

  @Option(
      names = "--cpus",
      paramLabel = "CPU",
      split = ",",
      description = "CPUs for the event loops, one each, such as 2,3 (default: no binding).")
  private List<Integer> cpus = new ArrayList<>();

  @Option(
      names = "--rules",
      required = true,
      paramLabel = "FILE|-",
      description =
          "The services and real servers, as ipvsadm -S -n prints them; - for standard input.")
  private String rules = "";

  @Option(
      names = "--capture",
      paramLabel = "FILE.pcap",
      description = "Write every received and sent frame to a pcap file.")
  private @Nullable Path capture;

  @Option(
      names = "--stats",
      paramLabel = "SECONDS",
      description = "Print a table of the counters to standard error at this interval.")
  private @Nullable Integer statisticsSeconds;

  @Option(
      names = "--silence",
      paramLabel = "HOW",
      defaultValue = "auto",
      description =
          "How to stop the host's kernel from answering for the VIPs: auto, tcx, nftables or none (default: auto).")
  private String silence = "auto";

  @Option(
      names = "--control",
      paramLabel = "SOCKET",
      description =
          "Open a control socket with mode 0600, for dsr status, flows, explain, drain and others.")
  private @Nullable Path controlSocket;

  /** Creates the command with its defaults. */
  public RunCommand() {}

  /** Runs; returns 0 after a signal to end, 1 if the balancer cannot start, 2 for bad rules. */
  @Override
  public Integer call() throws Exception {
    HostSuppression how = silence();
    if (statisticsSeconds != null && statisticsSeconds < 1) {
      throw usage("--stats: " + statisticsSeconds + " (expected: 1 or more seconds)");
    }
    PrintWriter errors = spec.commandLine().getErr();
    var source = new RulesSource(rules, System.in);
    Rules read;
    try {
      read = source.read();
    } catch (RulesException e) {
      e.faults().forEach(errors::println);
      return 2;
    } catch (IOException e) {
      errors.println("--rules: " + e.getMessage());
      return 2;
    }
    return run(how, source, read);
  }

  @SuppressWarnings("try") // the control socket is served by threads of its own
  private int run(HostSuppression how, RulesSource source, Rules read) throws Exception {
    var signals = Signals.ofProcess();
    DsrBalancer balancer;
    try {
      balancer = build(how, read);
    } catch (IllegalArgumentException e) {
      System.err.println("run: " + e.getMessage());
      return 2;
    } catch (OutOfMemoryError e) {
      return outOfMemory(e);
    }
    try (balancer;
        ControlServer control = openControl(balancer, signals)) {
      if (!isStarted(balancer.start(), signals)) {
        return 0;
      }
      startCapture(balancer);
      serve(balancer, source, signals);
      await(balancer.stopCapture());
      return 0;
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | UnsupportedOperationException e) {
      System.err.println("run: " + e.getMessage());
      return 1;
    } catch (OutOfMemoryError e) {
      return outOfMemory(e);
    }
  }

  private static int outOfMemory(OutOfMemoryError e) {
    System.err.println("run: out of memory: " + e.getMessage() + " (cure: java -Xmx with more)");
    return 1;
  }

  private @Nullable ControlServer openControl(DsrBalancer balancer, Signals signals)
      throws IOException {
    if (controlSocket == null) {
      return null;
    }
    try {
      return ControlServer.open(controlSocket, balancer, signals::reloadAndTell);
    } catch (IOException e) {
      throw new IOException("--control: " + e.getMessage(), e);
    }
  }

  /**
   * Waits for the start, as long as it makes progress; returns false if the process was asked to
   * end first.
   */
  private boolean isStarted(Future<Void> start, Signals signals)
      throws InterruptedException, IOException {
    var watch = StartWatch.ofProcess();
    notice.status("starting");
    while (!start.await(POLL_MILLISECONDS, TimeUnit.MILLISECONDS)) {
      if (signals.isEnding()) {
        return false;
      }
      if (!watch.goesOn()) {
        throw new IOException(
            "the balancer has made no progress for "
                + StartWatch.PATIENCE.toSeconds()
                + " s (expected: a start within seconds)");
      }
      if (watch.isToBeTold()) {
        log.println("still starting after " + watch.taken().toSeconds() + " s");
        notice.extend(StartWatch.PATIENCE);
      }
    }
    start.sync();
    return true;
  }

  private void startCapture(DsrBalancer balancer) throws InterruptedException, IOException {
    if (capture == null) {
      return;
    }
    try {
      await(balancer.startCapture(capture));
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("--capture: " + e.getMessage(), e);
    }
  }

  /** Waits for an operation, and fails as it does. */
  private static void await(CompletionStage<?> operation) throws Exception {
    try {
      operation.toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @SuppressWarnings("try") // the watchdog has a thread of its own
  private void serve(DsrBalancer balancer, RulesSource source, Signals signals)
      throws InterruptedException {
    tellWhenReady(balancer, signals);
    try (var watchdog = Watchdog.begin(balancer, notice)) {
      serveWatched(balancer, source, signals);
    }
    notice.stopping();
  }

  private void serveWatched(DsrBalancer balancer, RulesSource source, Signals signals)
      throws InterruptedException {
    Integer seconds = statisticsSeconds;
    Duration interval = seconds == null ? Duration.ofDays(1) : Duration.ofSeconds(seconds);
    long due = System.nanoTime() + interval.toNanos();
    while (true) {
      switch (signals.await(Duration.ofNanos(due - System.nanoTime()))) {
        case END -> {
          return;
        }
        case RELOAD -> reload(balancer, source, signals);
        case NONE -> {
          due += interval.toNanos();
          if (seconds != null) {
            printStatistics(balancer);
          }
        }
      }
    }
  }

  /** Reloads, and tells what came of it: in a line each, and to clients that have asked. */
  private static void reload(DsrBalancer balancer, RulesSource source, Signals signals)
      throws InterruptedException {
    List<CompletableFuture<List<String>>> waiting = signals.takeWaiting();
    try {
      List<String> lines = source.reload(RulesReload.Target.of(balancer), signals::isEnding).get();
      lines.forEach(System.err::println);
      waiting.forEach(each -> each.complete(lines));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String.valueOf(cause.getMessage()).lines().forEach(System.err::println);
      waiting.forEach(each -> each.completeExceptionally(cause));
    }
  }

  private static void printStatistics(DsrBalancer balancer) {
    try {
      System.err.print(StatisticsTable.of(balancer.statistics()));
    } catch (RuntimeException | Error e) { // what runs goes on
      System.err.println("--stats: the counters cannot be shown: " + e);
    }
  }

  private void tellWhenReady(DsrBalancer balancer, Signals signals) throws InterruptedException {
    if (signals.isHangUpIgnored()) {
      log.println(
          "SIGHUP is ignored, as under nohup, and reloads nothing (cure: dsr reload --control SOCKET"
              + ", or start with setsid in place of nohup)");
    }
    List<String> unresolved = Readiness.await(balancer, READY, signals);
    if (signals.isEnding()) {
      return;
    }
    unresolved.forEach(server -> log.println("no answer yet from real server " + server));
    String ready = Readiness.line(String.join(",", networkInterfaces), balancer.services());
    System.out.println(ready);
    System.out.flush();
    notice.status(ready);
    notice.ready();
  }

  private DsrBalancer build(HostSuppression how, Rules read) {
    var builder =
        DsrBalancer.builder()
            .eventLoops(loops)
            .cpus(cpus.stream().mapToInt(cpu -> cpu).toArray())
            .hostSuppression(how)
            .listener(new EventLines(log));
    if (maximumConnections != null) {
      builder.maximumConnections(
          inRange("--max-connections", maximumConnections, MOST_CONNECTIONS));
    }
    if (maximumServers != null) {
      builder.maximumServers(inRange("--max-servers", maximumServers, MOST_SERVERS));
    }
    networkInterfaces.forEach(builder::networkInterface);
    serverInterfaces.forEach(builder::serverInterface);
    read.admission().ifPresent(builder::admission);
    read.services().forEach(builder::service);
    return builder.build();
  }

  private static int inRange(String option, int value, int maximum) {
    if (value < 1 || value > maximum) {
      throw new IllegalArgumentException(
          option + ": " + value + " (expected: 1 to " + maximum + ")");
    }
    return value;
  }

  private HostSuppression silence() {
    try {
      return HostSuppression.valueOf(silence.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw usage("--silence: " + silence + " (expected: auto, tcx, nftables or none)");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
