package io.dsr.core;

import java.util.Optional;

/**
 * Decides which real server takes a new flow.
 *
 * <p>A scheduler is stateless and lives on the control path. Each time the servers change, the
 * balancer asks it for new {@link Picker}s, one for each event loop or, where it {@link
 * Picker#isShareable}, one for all, and forwarding threads use only those. One scheduler may serve
 * many services, from several threads at once.
 */
@FunctionalInterface
public interface Scheduler {

  /**
   * Returns a picker for one event loop.
   *
   * <p>Called on the control thread; may allocate and may be slow, but other changes wait for it.
   * If it throws, the change fails, and the old pickers stay; where the change is news of a server,
   * it is made, and the scheduler is asked again each second. Whatever it throws is counted in
   * {@link BalancerStatistics#extensions}.
   *
   * @param servers all servers of the service, those of effective weight zero too, with stable
   *     slots and live load
   */
  Picker newPicker(Servers servers);

  /**
   * Returns the name and the options of this scheduler; empty if configuration cannot express it.
   * All built-in schedulers have a spec, a {@linkplain io.dsr.core.scheduler.Schedulers#slowStart
   * slow start} if the scheduler in it has one. Implement it where a {@link SchedulerProvider}
   * makes the scheduler, so that rules can be written.
   */
  default Optional<SchedulerSpec> spec() {
    return Optional.empty();
  }

  /**
   * Returns whether a pick depends only on the flow and the servers, so that two balancers with the
   * same servers and the same key pick the same server.
   */
  default boolean isConsistent() {
    return false;
  }

  /**
   * Returns the scheduler that places frames in the middle of an unknown flow; empty if a hash of
   * the flow places them. By default this is the scheduler itself if it {@link #isConsistent}.
   */
  default Optional<Scheduler> midFlow() {
    return isConsistent() ? Optional.of(this) : Optional.empty();
  }
}
