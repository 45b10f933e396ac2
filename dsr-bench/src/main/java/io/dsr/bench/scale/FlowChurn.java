package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.Verdict;

/**
 * A director to which each frame is the first of a UDP flow. Time passes so that as many flows end
 * as begin: their number stays what it is.
 */
final class FlowChurn {

  /** How many flows are remembered at a time. */
  static final int FLOWS = 16_384;

  private static final int CLIENTS = 1 << 24;
  private static final int BATCH = 64;
  private static final long NANOS_A_BATCH = FlowTimeouts.DEFAULT.udp().toNanos() / FLOWS * BATCH;

  private final BenchDirector director;
  private final ServiceFrames frames;
  private int client;

  /** Opens as many flows as stay; the director has to have room for twice that number. */
  FlowChurn(BenchDirector director, ServiceFrames frames) {
    this.director = director;
    this.frames = frames;
    visit(FLOWS + FLOWS / 8);
    verify();
  }

  /** Opens {@code count} flows by one frame each; returns what one cost, in nanoseconds. */
  double visit(int count) {
    int opened = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      client = (client + 1) & (CLIENTS - 1);
      opened += director.direct(frames.of(client)) == Verdict.FORWARD_NEW ? 1 : 0;
      if (client % BATCH == 0) {
        director.advance(NANOS_A_BATCH);
      }
    }
    double nanos = (double) (System.nanoTime() - begin) / count;
    if (opened != count) {
      throw new IllegalStateException(opened + " of " + count + " frames were of a new flow");
    }
    return nanos;
  }

  /** Fails unless the flows are as many as they should be, give or take an eighth. */
  void verify() {
    int remembered = director.connections();
    if (Math.abs(remembered - FLOWS) > FLOWS / 8) {
      throw new IllegalStateException(
          remembered + " flows are open (expected: near " + FLOWS + ")");
    }
  }
}
