package io.dsr.core;

import java.util.List;
import java.util.Optional;

/**
 * What a change would move, before it is made.
 *
 * @param services each service that would change, be added or be removed
 */
public record ChangePreview(List<ServiceChange> services) {

  /** Copies the list. */
  public ChangePreview {
    services = List.copyOf(services);
  }

  /**
   * What would change for one service.
   *
   * @param service its first key
   * @param summary what would change, in words
   * @param hashShareMoved the share of the hash space, 0 to 1, whose flows would be placed on
   *     another server if they were not tracked; empty where the scheduler's picks cannot be told
   * @param unavoidableShare the share that no scheduler could leave in place, by the weights
   * @param sampledFlows how many flows that share was measured with
   * @param liveFlows how many flows are remembered
   * @param flowsMoved how many of them would go to another server, or nowhere, at once
   * @param flowsUnprotected how many of them would go elsewhere if they were forgotten
   */
  public record ServiceChange(
      ServiceKey service,
      String summary,
      Optional<Double> hashShareMoved,
      double unavoidableShare,
      int sampledFlows,
      long liveFlows,
      long flowsMoved,
      long flowsUnprotected) {}
}
