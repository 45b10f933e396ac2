package io.dsr.core.membership;

import java.net.InetAddress;

/**
 * A real server in its place within one service.
 *
 * @param address the server's own address
 * @param slot its number, from its arrival until its last flow has gone
 * @param generation tells this holder of the slot from those before and after it
 * @param configuredWeight the weight that the operator gave it
 * @param administrative what the operator wants of it
 * @param reachability what its link layer last told
 */
public record Member(
    InetAddress address,
    int slot,
    int generation,
    int configuredWeight,
    AdministrativeState administrative,
    Reachability reachability) {

  /** Returns the weight that schedulers see. */
  public int effectiveWeight() {
    return EffectiveWeight.of(configuredWeight, administrative, reachability);
  }

  /** Returns whether the operator has taken it out. */
  public boolean isRemoved() {
    return administrative == AdministrativeState.REMOVED;
  }

  Member configured(int weight) {
    return new Member(address, slot, generation, weight, AdministrativeState.UP, reachability);
  }

  Member removed() {
    return new Member(
        address, slot, generation, configuredWeight, AdministrativeState.REMOVED, reachability);
  }

  Member reachability(Reachability now) {
    return new Member(address, slot, generation, configuredWeight, administrative, now);
  }
}
