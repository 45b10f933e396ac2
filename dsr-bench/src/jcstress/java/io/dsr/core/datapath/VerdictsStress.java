package io.dsr.core.datapath;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.dsr.core.Verdict;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** What other threads see of the verdicts while their event loop counts them. */
public final class VerdictsStress {

  private VerdictsStress() {}

  /** A reader never sees fewer than it has seen. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "0, 2", "1, 1", "1, 2", "2, 2"},
      expect = ACCEPTABLE,
      desc = "as many as before, or more")
  @Outcome(expect = FORBIDDEN, desc = "a count went back")
  @State
  public static class NeverGoesBack {

    private final Verdicts verdicts = new Verdicts();

    /** Counts two frames. */
    @Actor
    public void eventLoop() {
      verdicts.count(Verdict.FORWARD_FLOW);
      verdicts.count(Verdict.FORWARD_FLOW);
    }

    /** Reads twice. */
    @Actor
    public void reader(JJ_Result result) {
      result.r1 = verdicts.of(Verdict.FORWARD_FLOW);
      result.r2 = verdicts.of(Verdict.FORWARD_FLOW);
    }
  }

  /** Counts of several verdicts do not disturb one another, nor does one who reads them all. */
  @JCStressTest
  @Outcome(
      id = {"0, 1, 1", "1, 1, 1", "2, 1, 1"},
      expect = ACCEPTABLE,
      desc = "one each in the end")
  @Outcome(expect = FORBIDDEN, desc = "a frame was lost, or counted twice")
  @State
  public static class LosesNothing {

    private final Verdicts verdicts = new Verdicts();

    /** Counts two frames. */
    @Actor
    public void eventLoop() {
      verdicts.count(Verdict.FORWARD_FLOW);
      verdicts.count(Verdict.DROP_LOOP);
    }

    /** Adds up all. */
    @Actor
    public void reader(JJJ_Result result) {
      long sum = 0;
      for (long count : verdicts.snapshot().values()) {
        sum += count;
      }
      result.r1 = sum;
    }

    /** Reads when both are done. */
    @Arbiter
    public void end(JJJ_Result result) {
      result.r2 = verdicts.of(Verdict.FORWARD_FLOW);
      result.r3 = verdicts.of(Verdict.DROP_LOOP);
    }
  }
}
