package io.dsr.core.scheduler;

import io.dsr.core.HashKey;
import io.dsr.core.LoadChanges;
import io.dsr.core.Servers;
import io.dsr.core.membership.ServerCounters;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/** Servers of a service whose load stands in an event loop's counters, as that of a balancer's. */
final class CountedServers implements Servers {

  private final ServerCounters counters;
  private final int[] slots;
  private final int[] weights;
  private final boolean logged;
  private final long[] since;
  private final long[] now;

  private CountedServers(
      ServerCounters counters,
      int[] slots,
      int[] weights,
      boolean logged,
      long[] since,
      long[] now) {
    this.counters = counters;
    this.slots = slots;
    this.weights = weights;
    this.logged = logged;
    this.since = since;
    this.now = now;
  }

  /** Returns servers that are warm, whose changes are noted, at the time in {@code now[0]}. */
  static CountedServers of(ServerCounters counters, int[] slots, int[] weights, long[] now) {
    var since = new long[slots.length];
    Arrays.fill(since, Long.MIN_VALUE);
    return new CountedServers(counters, slots.clone(), weights.clone(), true, since, now);
  }

  /** Returns the same servers, whose changes are not noted: all loads are read at each pick. */
  CountedServers unlogged() {
    return new CountedServers(counters, slots, weights, false, since, now);
  }

  /** Says when the server at {@code position} became able to take flows. */
  CountedServers since(int position, long nanos) {
    since[position] = nanos;
    return this;
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
    return InetAddress.ofLiteral("10.0." + (position >> 8) + "." + (position & 0xff));
  }

  @Override
  public int weight(int position) {
    return weights[position];
  }

  @Override
  public int configuredWeight(int position) {
    return Math.max(1, weights[position]);
  }

  @Override
  public int active(int position) {
    return counters.active(slots[position]);
  }

  @Override
  public int inactive(int position) {
    return counters.inactive(slots[position]);
  }

  @Override
  public Optional<LoadChanges> loadChanges() {
    return logged ? Optional.of(counters) : Optional.empty();
  }

  @Override
  public long nowNanos() {
    return now[0];
  }

  @Override
  public long sinceNanos(int position) {
    return since[position];
  }

  @Override
  public HashKey hashKey() {
    return HashKey.PLACEMENT;
  }
}
