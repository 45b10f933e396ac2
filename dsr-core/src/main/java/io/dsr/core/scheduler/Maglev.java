package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * {@code mh}: a table in which each server has a share of the places that its weight says, nearly
 * all of which it keeps when another server comes or goes.
 *
 * <p>Each server has an order of preference over all places, made from its address alone: it begins
 * at an offset and goes on by a skip. In rounds, each takes the first free place of its order,
 * until all are taken. A server of less than the greatest weight sits out rounds in proportion.
 * Sources: D. E. Eisenbud and others, "Maglev: a fast and reliable software network load balancer",
 * NSDI 2016, section 3.4; the weights as katran's second version has them. Hashes are SipHash-2-4
 * under the placement key, and servers come in the order of their addresses, so balancers with the
 * same servers have the same table, whatever slots they gave them.
 *
 * @param size how many places, a prime, or {@link #FITTING_SIZE}
 * @param key what of a flow is hashed
 */
record Maglev(int size, Key key) implements Scheduler {

  /** What of a flow is hashed. */
  enum Key {
    /** The client's address. */
    SOURCE,
    /** The client's address and port. */
    SOURCE_PORT,
    /** Both addresses, both ports, the protocol. */
    FLOW
  }

  static final int DEFAULT_SIZE = 65_537;

  /** The smallest size that has a hundred places a server. */
  static final int FITTING_SIZE = 0;

  private static final int[] SIZES = {
    251, 509, 1_021, 2_039, 4_093, 8_191, 16_381, 32_749, 65_521, 65_537, 131_071, 655_373
  };
  private static final int PLACES_A_SERVER = 100;
  private static final long OFFSET = 1;
  private static final long SKIP = 2;
  private static final int FREE = -1;

  Maglev {
    if (size != FITTING_SIZE && Arrays.binarySearch(SIZES, size) < 0) {
      throw new IllegalArgumentException(
          "tableSize: " + size + " (expected: one of " + Arrays.toString(SIZES) + ")");
    }
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Picker newPicker(Servers servers) {
    var eligible = new Eligible(servers);
    if (eligible.size() == 0) {
      return flow -> Picker.NONE;
    }
    int places = size == FITTING_SIZE ? fitting(eligible.size()) : size;
    int[] offsets = new int[eligible.size()];
    int[] skips = new int[eligible.size()];
    for (int i = 0; i < offsets.length; i++) {
      byte[] address = servers.address(eligible.positions()[i]).getAddress();
      offsets[i] = (int) Long.remainderUnsigned(hash(servers.hashKey(), address, OFFSET), places);
      skips[i] =
          (int) Long.remainderUnsigned(hash(servers.hashKey(), address, SKIP), places - 1) + 1;
    }
    int[] table = fill(places, offsets, skips, eligible.weights());
    char[] slots = new char[places];
    for (int place = 0; place < places; place++) {
      slots[place] = (char) eligible.slots()[table[place]];
    }
    return new Table(key, slots);
  }

  /**
   * Returns the table: for each place the number of the server that has it.
   *
   * @param places how many, a prime
   * @param offsets where each server's order of preference begins, below {@code places}
   * @param skips by how much it goes on, 1 to {@code places - 1}
   * @param weights each above 0
   */
  static int[] fill(int places, int[] offsets, int[] skips, int[] weights) {
    int[] table = new int[places];
    Arrays.fill(table, FREE);
    int[] next = offsets.clone();
    long[] credit = new long[offsets.length];
    int greatest = Arrays.stream(weights).max().orElse(1);
    for (int taken = 0; ; ) {
      for (int server = 0; server < offsets.length; server++) {
        credit[server] += weights[server];
        if (credit[server] < greatest) {
          continue;
        }
        credit[server] -= greatest;
        int place = next[server];
        while (table[place] != FREE) {
          place = following(place, skips[server], places);
        }
        table[place] = server;
        next[server] = following(place, skips[server], places);
        if (++taken == places) {
          return table;
        }
      }
    }
  }

  private static int following(int place, int skip, int places) {
    int sum = place + skip;
    return sum >= places ? sum - places : sum;
  }

  private static int fitting(int servers) {
    for (int size : SIZES) {
      if (size >= (long) servers * PLACES_A_SERVER) {
        return size;
      }
    }
    return SIZES[SIZES.length - 1];
  }

  private static long hash(HashKey key, byte[] address, long purpose) {
    ByteBuffer octets = ByteBuffer.wrap(address);
    return address.length == Integer.BYTES
        ? key.hash(Integer.toUnsignedLong(octets.getInt()), purpose)
        : key.hash(octets.getLong(), octets.getLong(), purpose);
  }

  @Override
  public String toString() {
    return key == Key.SOURCE_PORT ? "mh -b mh-port" : "mh";
  }

  private static final class Table implements Picker {

    private final Key key;
    private final char[] slots;

    Table(Key key, char[] slots) {
      this.key = key;
      this.slots = slots;
    }

    @Override
    public int pick(FlowView flow) {
      long hash =
          switch (key) {
            case SOURCE -> flow.sourceHash();
            case SOURCE_PORT -> flow.sourcePortHash();
            case FLOW -> flow.tupleHash();
          };
      return slots[(int) Long.remainderUnsigned(hash, slots.length)];
    }
  }
}
