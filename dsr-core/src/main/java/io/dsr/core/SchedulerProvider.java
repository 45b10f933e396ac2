package io.dsr.core;

import java.util.List;

/**
 * Makes a custom scheduler available by name in text configuration.
 *
 * <p>Found with {@link java.util.ServiceLoader}: a module declares {@code provides
 * io.dsr.core.SchedulerProvider with ...}, a class path lists the class in {@code
 * META-INF/services/io.dsr.core.SchedulerProvider}. Called on the control thread.
 */
public interface SchedulerProvider {

  /** Returns the name. A provider with the name of a built-in scheduler is never used. */
  String name();

  /**
   * Returns the scheduler. Two calls with the same flags should return equal ones, so that a reload
   * sees that nothing changed.
   *
   * @param flags as the operator wrote them, in that order; none is an empty list
   * @throws IllegalArgumentException if a flag is unknown
   */
  Scheduler scheduler(List<String> flags);
}
