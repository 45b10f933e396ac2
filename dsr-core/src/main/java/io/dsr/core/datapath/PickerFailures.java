package io.dsr.core.datapath;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the pickers of one service threw, on all event loops: a frame that a picker throws for is
 * dropped, as if there was no server.
 *
 * <p>Any thread. Nothing is written as long as no picker throws.
 */
public final class PickerFailures {

  private final String name;
  private final BiConsumer<? super String, ? super Throwable> sink;
  private final LongAdder count = new LongAdder();
  private volatile @Nullable Throwable latest;

  /**
   * Creates a count of nothing.
   *
   * @param name what the pickers are called where their failures are told
   * @param sink is told each failure, on an event loop: must neither block nor throw
   */
  public PickerFailures(String name, BiConsumer<? super String, ? super Throwable> sink) {
    this.name = name;
    this.sink = sink;
  }

  /** Returns a count that nobody else is told of. */
  static PickerFailures untold() {
    return new PickerFailures("picker", (picker, failure) -> {});
  }

  void add(Throwable failure) {
    latest = failure;
    count.increment();
    sink.accept(name, failure);
  }

  /** Returns what the pickers are called. */
  public String name() {
    return name;
  }

  /** Returns how often they threw. */
  public long count() {
    return count.sum();
  }

  /** Returns what they threw last, or null if they never did. */
  public @Nullable Throwable latest() {
    return latest;
  }
}
