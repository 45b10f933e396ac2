package io.dsr.core.control;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How many services need each thing, so that a change of one service tells what comes and what goes
 * of all without a look at the others. Control thread.
 */
final class ReferenceCounts<T> {

  private final Map<T, Integer> counts = new HashMap<>();

  /** What a change adds to the counts. */
  static final class Delta<T> {

    private final Map<T, Integer> differences = new HashMap<>();

    void add(T of, int difference) {
      differences.merge(of, difference, Integer::sum);
    }
  }

  /** Returns what is needed with the change and was not before. */
  Set<T> coming(Delta<T> delta) {
    Set<T> coming = new HashSet<>();
    delta.differences.forEach((of, difference) -> {
      if (difference > 0 && !counts.containsKey(of)) {
        coming.add(of);
      }
    });
    return coming;
  }

  /** Returns what was needed and is not with the change. */
  Set<T> going(Delta<T> delta) {
    Set<T> going = new HashSet<>();
    delta.differences.forEach((of, difference) -> {
      if (difference < 0 && counts.getOrDefault(of, 0) + difference == 0) {
        going.add(of);
      }
    });
    return going;
  }

  /** Makes the change. */
  void apply(Delta<T> delta) {
    delta.differences.forEach((of, difference) ->
        counts.compute(
            of,
            (_, count) -> {
              int now = (count == null ? 0 : count) + difference;
              return now == 0 ? null : now;
            }));
  }
}
