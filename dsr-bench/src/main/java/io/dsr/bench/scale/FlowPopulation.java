package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.bench.Traffic;
import io.dsr.core.director.Verdict;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;

/**
 * A director with so many TCP flows at a time, and what became of each of them.
 *
 * <p>Flows come at a steady 100,000 a second and frames at a million, by a clock that the frames
 * themselves move: nothing is fast enough to outlive a timeout, and nothing slow enough to.
 */
final class FlowPopulation {

  private static final String SCHEDULER = "wlc";
  private static final int SERVERS = 1_000;
  private static final int BATCH = 64;
  private static final long NANOS_A_FLOW = 10_000;
  private static final long NANOS_A_FRAME = 1_000;

  private final int flows;
  private final BenchDirector director;
  private final SampleFrame frame;

  /** The server that each flow's SYN was sent to. */
  private final short[] servers;

  /** The flows in the order in which they are visited. */
  private final int[] order;

  private int position;

  FlowPopulation(Traffic traffic, int flows, RandomGenerator random) {
    this.flows = flows;
    this.director = new BenchDirector(traffic, SCHEDULER, SERVERS, flows);
    this.frame = new SampleFrame(traffic);
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
      expect(true, director.direct(frame.client(flow).flags(SampleFrame.SYN)), flow);
      servers[flow] = (short) BenchDirector.server(frame.destination());
      expect(true, director.direct(frame.client(flow).flags(SampleFrame.ACK)), flow);
      if (flow % BATCH == 0) {
        director.advance(BATCH * NANOS_A_FLOW);
        progress.accept(flow);
      }
    }
    return (double) (System.nanoTime() - begin) / flows;
  }

  /**
   * Sends one more frame of each of the next {@code frames} flows, and returns what one cost, in
   * nanoseconds: the frame's writing, the verdict, and its share of the clock's moves.
   */
  double visit(int frames) {
    int found = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < frames; i++) {
      Verdict verdict = director.direct(frame.client(next()));
      found += verdict == Verdict.FORWARD_FLOW ? 1 : 0;
      if (i % BATCH == 0) {
        director.advance(BATCH * NANOS_A_FRAME);
      }
    }
    double nanos = (double) (System.nanoTime() - begin) / frames;
    if (found != frames) {
      throw new IllegalStateException(found + " of " + frames + " frames were of a known flow");
    }
    return nanos;
  }

  /** Does what {@link #visit} does but for the director: what the measurement itself costs. */
  double writeOnly(int frames) {
    long sum = 0;
    long begin = System.nanoTime();
    for (int i = 0; i < frames; i++) {
      sum += frame.client(next()).destination();
    }
    double nanos = (double) (System.nanoTime() - begin) / frames;
    if (sum == 0) {
      throw new IllegalStateException("no frame was written");
    }
    return nanos;
  }

  /** Finds every flow once more on the server that its SYN went to. */
  void verify() {
    for (int flow = 0; flow < flows; flow++) {
      Verdict verdict = director.direct(frame.client(flow));
      expect(verdict == Verdict.FORWARD_FLOW, verdict, flow);
      if ((short) BenchDirector.server(frame.destination()) != servers[flow]) {
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
