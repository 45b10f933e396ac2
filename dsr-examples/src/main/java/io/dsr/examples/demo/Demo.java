package io.dsr.examples.demo;

import io.dsr.lab.Host;
import io.dsr.lab.Host.Counters;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpLoad;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Runs real HTTP through a balancer in a lab, and prints what was seen on the wire. */
final class Demo {

  private static final int PORT = 80;
  private static final int CONCURRENCY = 8;
  private static final long DOWNLOAD_BYTES = 100_000;
  private static final int PROBES_PER_SERVER = 4;

  private final int seconds;
  private final int servers;
  private final BalancerStarter starter;
  private final PrintWriter out;
  private final Progress progress;

  Demo(int seconds, int servers, BalancerStarter starter, PrintWriter out, boolean terminal) {
    this.seconds = seconds;
    this.servers = servers;
    this.starter = starter;
    this.out = out;
    this.progress = new Progress(out, terminal, Duration.ofSeconds(seconds));
  }

  /** Starts a balancer for the VIP's port 80 on a lab's balancer host. */
  @FunctionalInterface
  interface BalancerStarter {

    /** Returns once the balancer answers for the VIP. */
    AutoCloseable start(Lab lab) throws Exception;
  }

  /**
   * Runs it to the end.
   *
   * @throws IOException if the wire, a server or a download is not as it should be: what, and where
   */
  void run() throws Exception {
    out.println("Building a lab: a client behind a router, a balancer, " + servers + " server(s).");
    out.flush();
    try (Lab lab = Lab.builder().servers(servers).build();
        var _ = HttpServers.start(lab.servers(), Lab.VIP, PORT);
        var _ = starter.start(lab)) {
      showExchange(lab);
      Counters balancer = lab.balancer().counters();
      Counters served = served(lab);
      HttpLoad load = drive(lab);
      showSpread(lab, load);
      show(
          "Who carried what",
          new Savings(lab.balancer().counters().since(balancer), served(lab).since(served))
              .lines());
    }
  }

  private void showExchange(Lab lab) throws IOException {
    try (var capture = ExchangeCapture.open(lab)) {
      HttpCall.Answer answer = probe(lab);
      Host server = server(lab, answer.server());
      Exchange exchange = capture.exchange(lab, server, answer.localPort());
      show("One connection, as captured: " + server.name(), exchange.table());
      List<String> faults = exchange.faults(lab, server);
      if (!faults.isEmpty()) {
        throw new IOException(
            "traffic did not flow as direct server return: " + String.join("; ", faults));
      }
    }
  }

  /** Connects until server1 answers; by a scheduler that never takes it, the first that did. */
  private HttpCall.Answer probe(Lab lab) throws IOException {
    String wanted = lab.servers().getFirst().name();
    HttpCall.Answer first = connect(lab);
    HttpCall.Answer latest = first;
    for (int i = 1; i < servers * PROBES_PER_SERVER; i++) {
      if (latest.server().equals(wanted)) {
        return latest;
      }
      latest = connect(lab);
    }
    return latest.server().equals(wanted) ? latest : first;
  }

  private static HttpCall.Answer connect(Lab lab) throws IOException {
    return lab.client().namespace().call(() -> HttpCall.get(Lab.VIP, PORT, "/"));
  }

  private HttpLoad drive(Lab lab) throws IOException, InterruptedException {
    HttpLoad load = HttpLoad.start(lab.client(), Lab.VIP, PORT, CONCURRENCY, DOWNLOAD_BYTES);
    try (load) {
      progress.await(load);
    }
    if (load.failures() > 0) {
      throw new IOException(
          load.failures() + " downloads failed, first: " + load.firstFailure().orElse("?"));
    }
    if (load.requests().isEmpty()) {
      throw new IOException("no download completed within " + seconds + " s");
    }
    return load;
  }

  private void showSpread(Lab lab, HttpLoad load) {
    long total = load.requests().values().stream().mapToLong(Long::longValue).sum();
    show(
        String.format(
            Locale.ROOT, "%,d downloads of %,d bytes in %d s", total, DOWNLOAD_BYTES, seconds),
        Spread.lines(lab.servers().stream().map(Host::name).toList(), load.requests()));
  }

  private static Counters served(Lab lab) throws IOException {
    Counters sum = Counters.NONE;
    for (Host server : lab.servers()) {
      sum = sum.plus(server.counters());
    }
    return sum;
  }

  private static Host server(Lab lab, String name) throws IOException {
    return lab.servers().stream()
        .filter(host -> host.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IOException("an unknown server answered: " + name));
  }

  private void show(String title, List<String> lines) {
    out.println();
    out.println(title);
    lines.forEach(line -> out.println("  " + line));
    out.flush();
  }
}
