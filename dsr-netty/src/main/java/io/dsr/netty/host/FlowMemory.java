package io.dsr.netty.host;

import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.FamilyFlows;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the flow tables of an IP version take of the Java heap: known before it is taken, so that a
 * service for which there is no room is refused in words, and nothing else fails for want of
 * memory. Control thread.
 */
final class FlowMemory {

  /** What must be left for all else. */
  private static final long RESERVE = 8 << 20;

  private static final long MEGABYTE = 1 << 20;

  private FlowMemory() {}

  /**
   * Checks that there is memory for the tables that VIPs need and loops do not have yet.
   *
   * @param loops all of them
   * @param share the limits of one loop
   * @param vips all that are to be served
   * @throws IllegalStateException if not, with the need and the cure
   */
  static void check(List<Shard> loops, DirectorLimits share, Set<IpPrefix> vips) {
    long need = need(loops, share, vips);
    if (need == 0) {
      return;
    }
    if (need + RESERVE > free()) {
      System.gc(); // what is used may be garbage: a pause now rather than a refusal without cause
    }
    check(need, free(), families(loops, vips), (long) share.maximumConnections() * loops.size());
  }

  /** Returns a failure for want of memory that was not foreseen, in the same words. */
  static IllegalStateException exhausted(
      List<Shard> loops, DirectorLimits share, Set<IpPrefix> vips, OutOfMemoryError cause) {
    return failure(
        need(loops, share, vips),
        free(),
        families(loops, vips),
        (long) share.maximumConnections() * loops.size(),
        cause);
  }

  static void check(long need, long free, String families, long connections) {
    if (need + RESERVE > free) {
      throw failure(need, free, families, connections, null);
    }
  }

  private static IllegalStateException failure(
      long need, long free, String families, long connections, @Nullable Throwable cause) {
    return new IllegalStateException(
        String.format(
            Locale.ROOT,
            "flow tables: %,d connections of %s need %,d MB of the Java heap, and %,d MB are free"
                + " (cure: java -Xmx with %,d MB more; or fewer connections: run --max-connections,"
                + " maximumConnections)",
            connections,
            families,
            megabytes(need),
            Math.max(0, free) / MEGABYTE,
            Math.max(1, megabytes(need + RESERVE - free))),
        cause);
  }

  private static long need(List<Shard> loops, DirectorLimits share, Set<IpPrefix> vips) {
    long need = 0;
    for (Shard loop : loops) {
      for (boolean ipv6 : new boolean[] {false, true}) {
        need += isMissing(loop, ipv6, vips) ? FamilyFlows.bytes(ipv6, share) : 0;
      }
    }
    return need;
  }

  private static String families(List<Shard> loops, Set<IpPrefix> vips) {
    boolean ipv4 = loops.stream().anyMatch(loop -> isMissing(loop, false, vips));
    boolean ipv6 = loops.stream().anyMatch(loop -> isMissing(loop, true, vips));
    return ipv4 && ipv6 ? "IPv4 and IPv6 each" : ipv4 ? "IPv4" : "IPv6";
  }

  private static boolean isMissing(Shard loop, boolean ipv6, Set<IpPrefix> vips) {
    return loop.director().flowTables().of(ipv6) == null
        && vips.stream().anyMatch(vip -> vip.isIpv6() == ipv6);
  }

  private static long free() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  private static long megabytes(long bytes) {
    return (bytes + MEGABYTE - 1) / MEGABYTE;
  }
}
