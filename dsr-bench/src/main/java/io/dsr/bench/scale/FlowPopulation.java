package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.core.Verdict;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;

/**
 * A director with so many TCP flows at a time, and what became of each of them. Flows are visited
 * in a shuffled order: caches help only as far as they are large.
 *
 * <p>Flows come at a steady 100,000 a second and frames at a million, by a clock that the frames
 * themselves move: nothing is fast enough to outlive a timeout, and nothing slow enough to.
 */
final class FlowPopulation {

  private static final int BATCH = 64;
  private static final long NANOS_A_FLOW = 10_000;
  private static final long NANOS_A_FRAME = 1_000;

  private final int flows;
  private final BenchDirector director;
  private final ServiceFrames frames;

  /** The server that each flow's SYN was sent to. */
  private final short[] servers;

  /** The flows in the order in which they are visited. */
  private final int[] order;

  private int position;

  /**
   * Makes a population of which no flow is open.
   *
   * @param director one that remembers no flow, and has room for all
   * @param frames frames of TCP, for the services that the director has
   */
  FlowPopulation(BenchDirector director, ServiceFrames frames, int flows, RandomGenerator random) {
    this.flows = flows;
    this.director = director;
    this.frames = frames;
    this.servers = new short[flows];
    this.order = shuffled(flows, random);
  }

  int flows() {
    return flows;
  }

  /** Returns how many flows the director remembers. */
  int connections() {
    return director.connections();
  }

  /** Opens all flows, each by a SYN and an ACK, and returns what one cost, in nanoseconds. */
  double open(LongConsumer progress) {
    long begin = System.nanoTime();
    for (int flow = 0; flow < flows; flow++) {
      expect(true, director.direct(frames.of(flow).flags(SampleFrame.SYN)), flow);
      servers[flow] = (short) frames.server();
      expect(true, director.direct(frames.of(flow).flags(SampleFrame.ACK)), flow);
      if (flow % BATCH == 0) {
        director.advance(BATCH * NANOS_A_FLOW);
        progress.accept(flow);
      }
    }
    return (double) (System.nanoTime() - begin) / flows;
  }

  /**
   * Sends one more frame of each of the next {@code count} flows, and returns what one cost, in
   * nanoseconds: the frame's writing, the verdict, and its share of the clock's moves.
   */
  double visit(int count) {
    int found = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      Verdict verdict = director.direct(frames.of(next()));
      found += verdict == Verdict.FORWARD_FLOW ? 1 : 0;
      if (i % BATCH == 0) {
        director.advance(BATCH * NANOS_A_FRAME);
      }
    }
    double nanos = (double) (System.nanoTime() - begin) / count;
    if (found != count) {
      throw new IllegalStateException(found + " of " + count + " frames were of a known flow");
    }
    return nanos;
  }

  /** Does what {@link #visit} does but for the director: what the measurement itself costs. */
  double writeOnly(int count) {
    long sum = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      sum += frames.of(next()).destination();
    }
    double nanos = (double) (System.nanoTime() - begin) / count;
    if (sum == 0) {
      throw new IllegalStateException("no frame was written");
    }
    return nanos;
  }

  /** Finds every flow once more on the server that its SYN went to. */
  void verify() {
    for (int flow = 0; flow < flows; flow++) {
      Verdict verdict = director.direct(frames.of(flow));
      expect(verdict == Verdict.FORWARD_FLOW, verdict, flow);
      if ((short) frames.server() != servers[flow]) {
        throw new IllegalStateException("flow " + flow + " went to another server");
      }
      if (flow % BATCH == 0) {
        director.advance(BATCH * NANOS_A_FRAME);
      }
    }
    if (director.connections() != flows) {
      throw new IllegalStateException(director.connections() + " flows of " + flows + " are left");
    }
  }

  private int next() {
    int flow = order[position];
    position = position + 1 == flows ? 0 : position + 1;
    return flow;
  }

  private static void expect(boolean holds, Verdict verdict, int flow) {
    if (!holds || verdict.action() != Verdict.Action.FORWARD) {
      throw new IllegalStateException("flow " + flow + ": " + verdict);
    }
  }

  private static int[] shuffled(int count, RandomGenerator random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
