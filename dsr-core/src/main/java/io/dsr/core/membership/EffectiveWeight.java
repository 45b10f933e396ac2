package io.dsr.core.membership;

/**
 * The weight that schedulers see: a pure function of all that bears on whether a server may take a
 * new flow.
 *
 * <p>Each cause has its own argument and none overwrites another. So a reload, which changes the
 * configured weight and the administrative state, can never revive a server that does not answer.
 */
public final class EffectiveWeight {

  private EffectiveWeight() {}

  /**
   * Returns {@code configured} if nothing stands against a new flow, otherwise 0.
   *
   * @param configured the weight that the operator gave it
   * @param administrative what the operator wants of it
   * @param reachability what its link layer last told
   * @param overloaded whether it has reached its upper threshold and not yet been relieved
   * @param tierOpen whether servers of its tier take flows now
   */
  public static int of(
      int configured,
      AdministrativeState administrative,
      Reachability reachability,
      boolean overloaded,
      boolean tierOpen) {
    boolean may =
        administrative == AdministrativeState.UP
            && reachability == Reachability.REACHABLE
            && !overloaded
            && tierOpen;
    return may ? configured : 0;
  }
}
