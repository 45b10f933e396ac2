package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * {@code sh}: a table of buckets dealt out to the servers in turn, as many at a time as their
 * configured weight says; the client's address tells the bucket.
 *
 * <p>As net/netfilter/ipvs/ip_vs_sh.c does, but for this: the table has 256 buckets, or as many
 * more as four times all shares take; shares are weights divided by their greatest common divisor;
 * a server of configured weight 0 gets no bucket; and the hash is SipHash under the placement key.
 * A server that may take no flow just now keeps its buckets, so that nobody else's clients move:
 * with {@code fallback} its clients find another server by further hashes, without they are
 * refused.
 *
 * @param port whether the client's port is hashed too
 * @param fallback whether another server is looked for
 */
record SourceHash(boolean port, boolean fallback) implements Scheduler {

  private static final int SMALLEST_TABLE = 256;
  private static final int LARGEST_TABLE = 1 << 16;
  private static final int BUCKETS_A_SHARE = 4;

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Picker newPicker(Servers servers) {
    int[] positions =
        IntStream.range(0, servers.size())
            .filter(position -> servers.configuredWeight(position) > 0)
            .toArray();
    int[] shares = Arrays.stream(positions).map(servers::configuredWeight).toArray();
    int divisor = Math.max(1, Eligible.commonDivisor(shares));
    int[] slots = new int[positions.length];
    for (int i = 0; i < positions.length; i++) {
      shares[i] /= divisor;
      boolean mayTake = servers.weight(positions[i]) > 0;
      slots[i] = mayTake ? servers.slot(positions[i]) : Picker.NONE;
    }
    return new Buckets(this, deal(slots, shares), servers.hashKey());
  }

  private static int[] deal(int[] slots, int[] shares) {
    if (slots.length == 0) {
      return new int[0];
    }
    long wanted = Math.max(slots.length, Arrays.stream(shares).asLongStream().sum());
    int size = SMALLEST_TABLE;
    while (size < wanted * BUCKETS_A_SHARE && size < LARGEST_TABLE) {
      size <<= 1;
    }
    while (size < slots.length * BUCKETS_A_SHARE) {
      size <<= 1;
    }
    int[] buckets = new int[size];
    int server = 0;
    int dealt = 0;
    for (int bucket = 0; bucket < size; bucket++) {
      buckets[bucket] = slots[server];
      if (++dealt >= shares[server]) {
        server = (server + 1) % slots.length;
        dealt = 0;
      }
    }
    return buckets;
  }

  @Override
  public String toString() {
    String flags = (port ? "sh-port" : "") + (port && fallback ? "," : "");
    String all = flags + (fallback ? "sh-fallback" : "");
    return all.isEmpty() ? "sh" : "sh -b " + all;
  }

  private static final class Buckets implements Picker {

    private static final int TRIES = 256;

    private final boolean port;
    private final boolean fallback;
    private final int[] buckets;
    private final HashKey key;

    Buckets(SourceHash options, int[] buckets, HashKey key) {
      this.port = options.port;
      this.fallback = options.fallback;
      this.buckets = buckets;
      this.key = key;
    }

    @Override
    public int pick(FlowView flow) {
      if (buckets.length == 0) {
        return NONE;
      }
      long hash = port ? flow.sourcePortHash() : flow.sourceHash();
      int slot = buckets[(int) hash & (buckets.length - 1)];
      for (int tries = 1; slot == NONE && fallback && tries < TRIES; tries++) {
        slot = buckets[(int) key.hash(hash, tries) & (buckets.length - 1)];
      }
      return slot;
    }
  }
}
