package io.dsr.core;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a balancer would do with a frame just now, and why. Nothing was changed to find out.
 *
 * @param verdict what would become of it
 * @param steps what was looked at, one sentence each, in the order in which it was
 * @param service the service that the frame is for, by its first key
 * @param entry what is remembered of its flow
 * @param scheduler the service's scheduler, if it was asked
 * @param candidates what the scheduler was given
 * @param server the own address of the server that would get the frame
 * @param mac where the frame would be sent
 */
public record Explanation(
    Verdict verdict,
    List<String> steps,
    Optional<ServiceKey> service,
    Optional<FlowEntry> entry,
    Optional<String> scheduler,
    List<Candidate> candidates,
    Optional<InetAddress> server,
    Optional<MacAddress> mac) {

  /** Copies the lists. */
  public Explanation {
    steps = List.copyOf(steps);
    candidates = List.copyOf(candidates);
  }

  /** Returns whether the frame would be sent on. */
  public boolean forwards() {
    return verdict.action() == Verdict.Action.FORWARD;
  }

  /**
   * A server as a scheduler sees it.
   *
   * @param server the server's own address
   * @param configuredWeight the weight that its configuration gives it
   * @param override the weight that an operator set in its place
   * @param effectiveWeight the weight that the scheduler sees
   * @param reason why the effective weight is what it is
   * @param active its active flows
   * @param inactive its flows that are closing or closed, but remembered
   */
  public record Candidate(
      InetAddress server,
      int configuredWeight,
      OptionalInt override,
      int effectiveWeight,
      WeightReason reason,
      int active,
      int inactive) {}
}
