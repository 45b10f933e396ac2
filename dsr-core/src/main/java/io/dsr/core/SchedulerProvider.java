package io.dsr.core;

import java.util.List;

/**
 * Makes a user's own scheduler known by name, where configuration is text.
 *
 * <p>Found with {@link java.util.ServiceLoader}: a module declares {@code provides
 * io.dsr.core.SchedulerProvider with ...}, a class path lists the class in {@code
 * META-INF/services/io.dsr.core.SchedulerProvider}. Called on the control thread.
 */
public interface SchedulerProvider {

  /** Returns the name; one that a built-in scheduler has is never asked for. */
  String name();

  /**
   * Returns the scheduler. Two calls with the same flags should return equal ones, so that a reload
   * sees that nothing changed.
   *
   * @param flags as the operator wrote them, in that order; none is an empty list
   * @throws IllegalArgumentException if it does not know a flag
   */
  Scheduler scheduler(List<String> flags);
}
