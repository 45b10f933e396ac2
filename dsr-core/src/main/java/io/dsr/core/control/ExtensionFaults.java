package io.dsr.core.control;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/**
 * What code of the embedding program threw, counted by what it is and its name: listeners,
 * schedulers, pickers, handlers. The first fault of each is told; one that throws at every frame
 * would otherwise fill a log. Any thread.
 */
public final class ExtensionFaults implements BiConsumer<String, Throwable> {

  private static final int MOST_NAMES = 256;
  private static final String OTHERS = "others";

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final BiConsumer<? super String, ? super Throwable> first;

  /**
   * Creates a count of nothing.
   *
   * @param first is told the first fault of each name, by the thread that met it, which may be an
   *     event loop: must neither block nor throw
   */
  public ExtensionFaults(BiConsumer<? super String, ? super Throwable> first) {
    this.first = first;
  }

  /** Returns what an extension is called: what it is, and its class. */
  public static String name(String kind, Object extension) {
    return kind + " " + extension.getClass().getName();
  }

  /** Returns what a failure says, in a line; the code that says it may throw, too. */
  public static String text(Throwable failure) {
    try {
      return failure.toString().lines().findFirst().orElse(failure.getClass().getName());
    } catch (Throwable e) {
      return failure.getClass().getName();
    }
  }

  /** Counts a fault. */
  @Override
  public void accept(String extension, Throwable failure) {
    LongAdder count = counts.get(extension);
    if (count == null) {
      count = counts.size() < MOST_NAMES ? begin(extension, failure) : begin(OTHERS, failure);
    }
    count.increment();
  }

  private LongAdder begin(String extension, Throwable failure) {
    var fresh = new LongAdder();
    LongAdder there = counts.putIfAbsent(extension, fresh);
    if (there == null) {
      first.accept(extension, failure);
    }
    return there == null ? fresh : there;
  }

  /** Returns how often each threw. */
  public Map<String, Long> counts() {
    Map<String, Long> all = new TreeMap<>();
    counts.forEach((name, count) -> all.put(name, count.sum()));
    return all;
  }
}
