package io.dsr.core.scheduler;

import io.dsr.core.HashKey;
import io.dsr.core.Servers;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Servers of a test: all up and idle, of addresses 10.0.0.1 and on, in slots equal to their
 * positions, until told otherwise.
 */
public final class TestServers implements Servers {

  private final InetAddress[] addresses;
  private final int[] slots;
  private final int[] configuredWeights;
  private final int[] weights;
  private final int[] active;
  private final int[] inactive;
  private final long[] since;
  private long now;
  private HashKey hashKey = HashKey.PLACEMENT;

  private TestServers(InetAddress[] addresses, int[] weights) {
    this.addresses = addresses;
    this.slots = IntStream.range(0, weights.length).toArray();
    this.configuredWeights = weights.clone();
    this.weights = weights.clone();
    this.active = new int[weights.length];
    this.inactive = new int[weights.length];
    this.since = new long[weights.length];
    Arrays.fill(since, Long.MIN_VALUE);
  }

  /** Returns servers of these weights. */
  public static TestServers weights(int... weights) {
    var addresses = new InetAddress[weights.length];
    Arrays.setAll(addresses, at -> ipv4(0x0a00_0001 + at));
    return new TestServers(addresses, weights);
  }

  /** Returns {@code count} servers of weight 1. */
  public static TestServers count(int count) {
    return weights(IntStream.range(0, count).map(at -> 1).toArray());
  }

  /** Returns servers of weight 1 with these addresses, which must be sorted. */
  public static TestServers addresses(String... literals) {
    return new TestServers(
        Arrays.stream(literals).map(InetAddress::ofLiteral).toArray(InetAddress[]::new),
        IntStream.range(0, literals.length).map(at -> 1).toArray());
  }

  /** Returns these servers without the one at {@code position}, the others in their slots. */
  public TestServers without(int position) {
    int[] kept = IntStream.range(0, size()).filter(at -> at != position).toArray();
    var rest =
        new TestServers(
            IntStream.of(kept).mapToObj(at -> addresses[at]).toArray(InetAddress[]::new),
            IntStream.of(kept).map(at -> configuredWeights[at]).toArray());
    for (int at = 0; at < kept.length; at++) {
      rest.slots[at] = slots[kept[at]];
      rest.weights[at] = weights[kept[at]];
    }
    return rest.hashKey(hashKey);
  }

  /** Lets the server at {@code position} take no new flow; its configured weight stays. */
  public TestServers down(int position) {
    weights[position] = 0;
    return this;
  }

  /** Gives the server at {@code position} its configured weight back. */
  public TestServers up(int position) {
    weights[position] = configuredWeights[position];
    return this;
  }

  /** Gives the server at {@code position} flows. */
  public TestServers load(int position, int newActive, int newInactive) {
    active[position] = newActive;
    inactive[position] = newInactive;
    return this;
  }

  /** Adds one active flow to the server in {@code slot}. */
  public void take(int slot) {
    active[positionOf(slot)]++;
  }

  /** Moves the clock to {@code nanos}. */
  public TestServers now(long nanos) {
    now = nanos;
    return this;
  }

  /** Says when the server at {@code position} became able to take flows. */
  public TestServers since(int position, long nanos) {
    since[position] = nanos;
    return this;
  }

  /** Puts the servers into other slots. */
  public TestServers slots(int... newSlots) {
    System.arraycopy(newSlots, 0, slots, 0, slots.length);
    return this;
  }

  /** Makes the placement hash another one. */
  public TestServers hashKey(HashKey newHashKey) {
    hashKey = newHashKey;
    return this;
  }

  /** Returns the position of the server in {@code slot}, or -1. */
  public int positionOf(int slot) {
    return IntStream.range(0, size()).filter(at -> slots[at] == slot).findFirst().orElse(-1);
  }

  @Override
  public int size() {
    return slots.length;
  }

  @Override
  public int slot(int position) {
    return slots[position];
  }

  @Override
  public InetAddress address(int position) {
    return addresses[position];
  }

  @Override
  public int weight(int position) {
    return weights[position];
  }

  @Override
  public int configuredWeight(int position) {
    return configuredWeights[position];
  }

  @Override
  public int active(int position) {
    return active[position];
  }

  @Override
  public int inactive(int position) {
    return inactive[position];
  }

  @Override
  public long nowNanos() {
    return now;
  }

  @Override
  public long sinceNanos(int position) {
    return since[position];
  }

  @Override
  public HashKey hashKey() {
    return hashKey;
  }

  private static InetAddress ipv4(int address) {
    return InetAddress.ofLiteral(
        (address >>> 24)
            + "."
            + (address >>> 16 & 255)
            + "."
            + (address >>> 8 & 255)
            + "."
            + (address & 255));
  }
}
