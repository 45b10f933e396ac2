package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import java.util.Arrays;

/**
 * Hashes the client into one of 256 buckets, each of which belongs to a server, as {@code
 * ip_vs_sh.c} does. The buckets are dealt round the servers in the order of {@link Servers}, to
 * each as many in a row as its weight has shares, and the deal starts over until no bucket is left.
 *
 * <p>What differs from the kernel:
 *
 * <ul>
 *   <li>A share is the weights' greatest common divisor; where one round does not fit into the
 *       table, each server has one bucket and the others are divided by weight. The kernel deals
 *       {@code weight} buckets in a row, so a first server of weight 256 has them all. Where the
 *       weights have no common divisor and one round fits, both deal alike, and cut the last round
 *       short to the first servers' favour.
 *   <li>A server of configured weight 0 has no bucket; in the kernel it has one a round. A server
 *       that only may take no flow just now keeps its buckets, so nobody else's clients move.
 *   <li>More than 256 servers get a table of the next power of two to four times their number.
 *   <li>The hash is keyed and the servers are in the order of their addresses: a kernel's client
 *       meets another server here.
 *   <li>Where 255 rehashed offsets all lead to servers that may take no flow, the next bucket of
 *       one that may is taken: with fallback, no client is refused while any server works.
 * </ul>
 */
record SourceHash(SourceHashOptions options) implements Scheduler {

  private static final int BUCKETS = 256;
  private static final int BUCKETS_PER_SERVER = 4;
  private static final int OFFSETS = 256;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.configured(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Bucket(options, servers.hashKey(), deal(candidates));
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public String toString() {
    String flags =
        (options.fallback() ? ",sh-fallback" : "") + (options.sourcePort() ? ",sh-port" : "");
    return flags.isEmpty() ? "sh" : "sh -b " + flags.substring(1);
  }

  private static int[] deal(Candidates candidates) {
    int[] buckets = new int[buckets(candidates.size())];
    int[] shares = shares(candidates, buckets.length);
    int rank = 0;
    int dealt = 0;
    for (int bucket = 0; bucket < buckets.length; bucket++) {
      buckets[bucket] = candidates.slots[rank];
      dealt++;
      if (dealt == shares[rank]) {
        rank = rank + 1 == shares.length ? 0 : rank + 1;
        dealt = 0;
      }
    }
    return buckets;
  }

  private static int buckets(int servers) {
    return servers <= BUCKETS
        ? BUCKETS
        : Integer.highestOneBit(BUCKETS_PER_SERVER * servers - 1) << 1;
  }

  private static int[] shares(Candidates candidates, int buckets) {
    int divisor = candidates.divisor();
    int[] shares = Arrays.stream(candidates.weights).map(weight -> weight / divisor).toArray();
    long round = Arrays.stream(shares).asLongStream().sum();
    return round <= buckets ? shares : scaled(shares, round, buckets);
  }

  private static int[] scaled(int[] shares, long round, int buckets) {
    int[] scaled = new int[shares.length];
    int divided = buckets - shares.length;
    long before = 0;
    for (int rank = 0; rank < shares.length; rank++) {
      long after = before + shares[rank];
      scaled[rank] = 1 + (int) (after * divided / round - before * divided / round);
      before = after;
    }
    return scaled;
  }

  private static final class Bucket implements Picker {

    private final FlowPart part;
    private final boolean fallback;
    private final HashKey key;
    private final int[] buckets;
    private final int mask;

    Bucket(SourceHashOptions options, HashKey key, int[] buckets) {
      this.part = FlowPart.source(options.sourcePort());
      this.fallback = options.fallback();
      this.key = key;
      this.buckets = buckets;
      this.mask = buckets.length - 1;
    }

    @Override
    public int pick(FlowView flow) {
      long hash = part.hash(flow);
      int slot = buckets[(int) hash & mask];
      return slot == NONE && fallback ? another(hash) : slot;
    }

    private int another(long hash) {
      for (int offset = 1; offset < OFFSETS; offset++) {
        int slot = buckets[(int) key.hash(hash, offset) & mask];
        if (slot != NONE) {
          return slot;
        }
      }
      return next((int) hash & mask);
    }

    private int next(int bucket) {
      int at = bucket;
      while (buckets[at] == NONE) {
        at = (at + 1) & mask;
      }
      return buckets[at];
    }
  }
}
