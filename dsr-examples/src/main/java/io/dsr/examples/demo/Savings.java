package io.dsr.examples.demo;

import io.dsr.lab.Host.Counters;
import java.util.List;
import java.util.Locale;

/**
 * What direct server return saves the balancer.
 *
 * @param balancer what passed the balancer's interface
 * @param servers what passed the servers' interfaces, added up
 */
record Savings(Counters balancer, Counters servers) {

  /** Returns the bytes that this balancer carried, in and out. */
  long carried() {
    return balancer.receivedBytes() + balancer.sentBytes();
  }

  /** Returns what a proxy would have carried: the same, and each answer in and out. */
  long carriedByProxy() {
    return carried() + 2 * servers.sentBytes();
  }

  /** Returns the share of a proxy's bytes that did not pass the balancer, in percent. */
  double percent() {
    long proxy = carriedByProxy();
    return proxy == 0 ? 0 : 100.0 * (proxy - carried()) / proxy;
  }

  /** Returns the figures and what they mean, a line each. */
  List<String> lines() {
    return List.of(
        line("through the balancer, in", balancer.receivedPackets(), balancer.receivedBytes()),
        line("through the balancer, out", balancer.sentPackets(), balancer.sentBytes()),
        line("servers to the client, directly", servers.sentPackets(), servers.sentBytes()),
        String.format(
            Locale.ROOT,
            "saved: %.1f %% of a proxy's load. A proxying balancer would have carried %,d bytes:",
            percent(),
            carriedByProxy()),
        "the requests in and out, as here, plus the responses in and out;",
        String.format(Locale.ROOT, "this one carried %,d.", carried()));
  }

  private static String line(String what, long packets, long bytes) {
    return String.format(Locale.ROOT, "%-31s %,12d frames %,16d bytes", what, packets, bytes);
  }
}
