package io.dsr.core.membership;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/** What other threads see of the counters while their event loop counts. */
public final class ServerCountersStress {

  private ServerCountersStress() {}

  /** A reader never sees fewer frames than it has seen. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "0, 2", "1, 1", "1, 2", "2, 2"},
      expect = ACCEPTABLE,
      desc = "as many as before, or more")
  @Outcome(expect = FORBIDDEN, desc = "a counter went back")
  @State
  public static class NeverGoesBack {

    private final ServerCounters counters = new ServerCounters(1);

    /** Counts two frames. */
    @Actor
    public void eventLoop() {
      counters.forwarded(0, 60);
      counters.forwarded(0, 60);
    }

    /** Reads twice. */
    @Actor
    public void reader(JJ_Result result) {
      result.r1 = counters.frames(0);
      result.r2 = counters.frames(0);
    }
  }

  /** A reader sees a word of 64 bits as it was before or after, never half of each. */
  @JCStressTest
  @Outcome(id = "4294967295", expect = ACCEPTABLE, desc = "before")
  @Outcome(id = "4294967296", expect = ACCEPTABLE, desc = "after")
  @Outcome(expect = FORBIDDEN, desc = "halves of two values")
  @State
  public static class IsReadWhole {

    private final ServerCounters counters = new ServerCounters(1);

    /** Counts as many bytes as fit into 32 bits. */
    public IsReadWhole() {
      counters.forwarded(0, Integer.MAX_VALUE);
      counters.forwarded(0, Integer.MAX_VALUE);
      counters.forwarded(0, 1);
    }

    /** Counts one byte more. */
    @Actor
    public void eventLoop() {
      counters.forwarded(0, 1);
    }

    /** Reads. */
    @Actor
    public void reader(J_Result result) {
      result.r1 = counters.bytes(0);
    }
  }

  /** A flow that comes, falls idle and goes is never counted twice, nor less than not at all. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = "each word by itself is one that was there")
  @Outcome(expect = FORBIDDEN, desc = "a number that never was")
  @State
  public static class StaysInRange {

    private final ServerCounters counters = new ServerCounters(1);

    /** Counts a flow from its beginning to its end. */
    @Actor
    public void eventLoop() {
      counters.opened(0, true);
      counters.deactivated(0);
      counters.closed(0, false);
    }

    /** Reads both words. */
    @Actor
    public void reader(II_Result result) {
      result.r1 = counters.active(0);
      result.r2 = counters.inactive(0);
    }
  }

  /** A reader does not disturb the writer: in the end nothing is lost. */
  @JCStressTest
  @Outcome(
      id = {"0, 2", "1, 2", "2, 2"},
      expect = ACCEPTABLE,
      desc = "two in the end")
  @Outcome(expect = FORBIDDEN, desc = "a frame was lost")
  @State
  public static class LosesNothing {

    private final ServerCounters counters = new ServerCounters(1);

    /** Counts two frames. */
    @Actor
    public void eventLoop() {
      counters.forwarded(0, 60);
      counters.forwarded(0, 60);
    }

    /** Reads. */
    @Actor
    public void reader(JJ_Result result) {
      result.r1 = counters.frames(0);
    }

    /** Reads when both are done. */
    @Arbiter
    public void end(JJ_Result result) {
      result.r2 = counters.frames(0);
    }
  }
}
