package io.dsr.core.membership;

import java.util.List;
import java.util.function.ToLongFunction;

/** What all event loops together count for each server slot. Any thread. */
public final class TotalServerCounters {

  private final List<ServerCounters> loops;

  /** Creates a tally of these loops' counters. */
  public TotalServerCounters(List<ServerCounters> loops) {
    this.loops = List.copyOf(loops);
  }

  /** Returns how many frames were sent to the server. */
  public long frames(int slot) {
    return sum(loop -> loop.frames(slot));
  }

  /** Returns how many bytes, Ethernet headers included, were sent to the server. */
  public long bytes(int slot) {
    return sum(loop -> loop.bytes(slot));
  }

  /** Returns how many connections the server has taken. */
  public long connections(int slot) {
    return sum(loop -> loop.connections(slot));
  }

  /** Returns how many of the server's connections are active. */
  public long active(int slot) {
    return sum(loop -> loop.active(slot));
  }

  /** Returns how many of the server's connections are remembered but inactive. */
  public long inactive(int slot) {
    return sum(loop -> loop.inactive(slot));
  }

  private long sum(ToLongFunction<ServerCounters> count) {
    return loops.stream().mapToLong(count).sum();
  }
}
