package io.dsr.core.scheduler;

import io.dsr.core.Scheduler;
import java.util.List;
import java.util.Optional;

/**
 * All schedulers, by the names that they have in IPVS.
 *
 * <p>Two schedulers that would pick alike are equal, and their text is what ipvsadm calls them.
 */
public final class Schedulers {

  private static final List<String> NAMES = List.of("rr", "wrr", "lc", "wlc", "sh", "mh");

  private Schedulers() {}

  /** Returns {@code rr}: every server in turn, whatever its weight. */
  public static Scheduler roundRobin() {
    return new RoundRobin();
  }

  /** Returns {@code wrr}: every server in turn, as often as its weight says. */
  public static Scheduler weightedRoundRobin() {
    return new WeightedRoundRobin();
  }

  /** Returns {@code lc}: the server with the fewest connections, whatever its weight. */
  public static Scheduler leastConnections() {
    return new LeastConnections();
  }

  /** Returns {@code wlc}: the server with the fewest connections for its weight. */
  public static Scheduler weightedLeastConnections() {
    return new WeightedLeastConnections();
  }

  /**
   * Returns {@code sh}: the server that the client's address says; while that one may take no flow,
   * another that the address says.
   */
  public static Scheduler sourceHash() {
    return new SourceHash(false, true);
  }

  /**
   * Returns {@code sh}.
   *
   * @param port whether the client's port counts as well (sh-port)
   * @param fallback whether another server is found while the one that is due may take no flow
   *     (sh-fallback), or the flow is refused
   */
  public static Scheduler sourceHash(boolean port, boolean fallback) {
    return new SourceHash(port, fallback);
  }

  /** Returns {@code mh}: Maglev hashing of the client's address, with a table of 65,537 places. */
  public static Scheduler maglev() {
    return new Maglev(Maglev.DEFAULT_SIZE, Maglev.Key.SOURCE);
  }

  /**
   * Returns {@code mh}. It needs no fallback: its table never holds a server that may take no flow.
   *
   * @param port whether the client's port counts as well (mh-port)
   */
  public static Scheduler maglev(boolean port) {
    return new Maglev(Maglev.DEFAULT_SIZE, port ? Maglev.Key.SOURCE_PORT : Maglev.Key.SOURCE);
  }

  /**
   * Returns {@code mh} with a table of another size.
   *
   * @param tableSize a prime: 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 65537, 131071
   *     or 655373; a hundred times the number of servers keeps their shares within 1 %
   * @throws IllegalArgumentException if it is none of these
   */
  public static Scheduler maglev(boolean port, int tableSize) {
    return new Maglev(tableSize, port ? Maglev.Key.SOURCE_PORT : Maglev.Key.SOURCE);
  }

  /**
   * Returns the scheduler for frames in the middle of flows that nobody remembers: Maglev hashing
   * of the whole flow, with a table just large enough for the servers.
   */
  public static Scheduler midFlow() {
    return new Maglev(Maglev.FITTING_SIZE, Maglev.Key.FLOW);
  }

  /** Returns the scheduler that IPVS calls {@code name}, as it is without flags, or nothing. */
  public static Optional<Scheduler> named(String name) {
    return switch (name) {
      case "rr" -> Optional.of(roundRobin());
      case "wrr" -> Optional.of(weightedRoundRobin());
      case "lc" -> Optional.of(leastConnections());
      case "wlc" -> Optional.of(weightedLeastConnections());
      case "sh" -> Optional.of(sourceHash(false, false));
      case "mh" -> Optional.of(maglev());
      default -> Optional.empty();
    };
  }

  /** Returns the names that {@link #named} knows. */
  public static List<String> names() {
    return NAMES;
  }
}
