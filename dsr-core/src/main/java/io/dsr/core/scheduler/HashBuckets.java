package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Servers;
import java.util.Arrays;

/**
 * The buckets of {@link SourceHash} and {@link DestinationHash}: 256, or for more than 256 servers
 * the next power of two to four times their number. They are dealt round the servers in the order
 * of {@link Servers}, to each as many in a row as its weight has shares, and the deal starts over
 * until no bucket is left. A share is the weights' greatest common divisor; where one round does
 * not fit into the table, each server has one bucket and the others are divided by weight.
 */
final class HashBuckets {

  private static final int BUCKETS = 256;
  private static final int BUCKETS_PER_SERVER = 4;
  private static final int OFFSETS = 256;

  private HashBuckets() {}

  /**
   * Returns a picker that looks {@code part} of each flow up in the buckets of the servers that the
   * operator gave a weight.
   *
   * @param fallback whether a flow whose server may take none is given another; else it is refused
   */
  static Picker picker(Servers servers, FlowPart part, boolean fallback) {
    var candidates = Candidates.configured(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Bucket(part, fallback, servers.hashKey(), deal(candidates));
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

  private static final class Bucket implements StatelessPicker {

    private final FlowPart part;
    private final boolean fallback;
    private final HashKey key;
    private final int[] buckets;
    private final int mask;

    Bucket(FlowPart part, boolean fallback, HashKey key, int[] buckets) {
      this.part = part;
      this.fallback = fallback;
      this.key = key;
      this.buckets = buckets;
      this.mask = buckets.length - 1;
    }

    @Override
    public boolean isShareable() {
      return true;
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
