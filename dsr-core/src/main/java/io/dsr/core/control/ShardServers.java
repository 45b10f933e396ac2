package io.dsr.core.control;

import io.dsr.core.HashKey;
import io.dsr.core.LoadChanges;
import io.dsr.core.Servers;
import io.dsr.core.Ticker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.ServerCounters;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The servers of one service with the load of one event loop, as a scheduler is given them. */
final class ShardServers implements Servers {

  private final Member[] members;
  private final int[] slots;
  private final int[] weights;
  private final ServerCounters load;
  private final HashKey hashKey;
  private final Ticker ticker;

  ShardServers(List<Member> members, ServerCounters load, HashKey hashKey, Ticker ticker) {
    this.members = members.stream().filter(member -> !member.isRemoved()).toArray(Member[]::new);
    this.weights = new int[this.members.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = this.members[i].effectiveWeight();
    }
    this.slots = Arrays.stream(this.members).mapToInt(Member::slot).toArray();
    this.ticker = ticker;
    this.load = load;
    this.hashKey = hashKey;
  }

  @Override
  public int size() {
    return members.length;
  }

  @Override
  public int slot(int position) {
    return slots[position];
  }

  @Override
  public InetAddress address(int position) {
    return members[position].address();
  }

  @Override
  public int weight(int position) {
    return weights[position];
  }

  @Override
  public int configuredWeight(int position) {
    return members[position].intendedWeight();
  }

  @Override
  public int active(int position) {
    return load.active(slots[position]);
  }

  @Override
  public int inactive(int position) {
    return load.inactive(slots[position]);
  }

  @Override
  public Optional<LoadChanges> loadChanges() {
    return Optional.of(load);
  }

  @Override
  public long nowNanos() {
    return ticker.nanos();
  }

  @Override
  public long sinceNanos(int position) {
    return members[position].sinceNanos();
  }

  @Override
  public HashKey hashKey() {
    return hashKey;
  }
}
