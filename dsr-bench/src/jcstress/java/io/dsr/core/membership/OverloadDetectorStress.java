package io.dsr.core.membership;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.BitSet;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** What the control thread sees of full servers, and event loops of one another's flows. */
public final class OverloadDetectorStress {

  private static final int SLOTS = 2;

  private OverloadDetectorStress() {}

  private static OverloadDetector watchOf(ServerCounters... loops) {
    var watch = new OverloadDetector(loops, SLOTS);
    for (int slot = 0; slot < SLOTS; slot++) {
      watch.thresholds(slot, 1, 0);
    }
    return watch;
  }

  private static void open(OverloadDetector watch, int slot) {
    watch.counters().opened(slot, true);
    watch.opened(slot);
  }

  private static void close(OverloadDetector watch, int slot) {
    watch.counters().closed(slot, true);
    watch.relieved();
  }

  /** Returns the two slots as the two lowest bits. */
  private static int bits(BitSet overloaded) {
    long[] words = overloaded.toLongArray();
    return words.length == 0 ? 0 : (int) words[0];
  }

  /** Who has read a version finds all the changes that it counts. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "0, 3", "1, 1", "1, 3", "2, 3"},
      expect = ACCEPTABLE,
      desc = "as many changes as counted, or more")
  @Outcome(expect = FORBIDDEN, desc = "a change is counted but not seen, or out of turn")
  @State
  public static class VersionComesAfterItsChange {

    private final OverloadDetector watch = watchOf(new ServerCounters(SLOTS));

    /** Fills both servers, the first one first. */
    @Actor
    public void eventLoop() {
      open(watch, 0);
      open(watch, 1);
    }

    /** Reads the version, then the servers. */
    @Actor
    public void control(II_Result result) {
      result.r1 = watch.version();
      result.r2 = bits(watch.overloaded());
    }
  }

  /** Servers fill and are relieved in the order in which a reader sees it. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "0, 3", "0, 2", "1, 1", "1, 3", "1, 2", "3, 3", "3, 2", "2, 2"},
      expect = ACCEPTABLE,
      desc = "none, the first, both, the second")
  @Outcome(expect = FORBIDDEN, desc = "a server was relieved, and full again")
  @State
  public static class NeverGoesBack {

    private final OverloadDetector watch = watchOf(new ServerCounters(SLOTS));

    /** Fills both servers, and relieves the first one. */
    @Actor
    public void eventLoop() {
      open(watch, 0);
      open(watch, 1);
      close(watch, 0);
    }

    /** Reads twice. */
    @Actor
    public void control(II_Result result) {
      result.r1 = bits(watch.overloaded());
      result.r2 = bits(watch.overloaded());
    }
  }

  /**
   * A control thread that reads the servers only when the version has changed is not left behind
   * for good.
   */
  @JCStressTest
  @Outcome(
      id = {"0, 2", "1, 2", "2, 2", "3, 2"},
      expect = ACCEPTABLE,
      desc = "the second one alone is full in the end")
  @Outcome(expect = FORBIDDEN, desc = "the last change was never heeded")
  @State
  public static class LastChangeIsHeeded {

    private final OverloadDetector watch = watchOf(new ServerCounters(SLOTS));
    private int heeded;
    private int known;

    /** Fills both servers, and relieves the first one. */
    @Actor
    public void eventLoop() {
      open(watch, 0);
      open(watch, 1);
      close(watch, 0);
    }

    /** Looks while servers change. */
    @Actor
    public void control(II_Result result) {
      heed();
      result.r1 = known;
    }

    /** Looks once more. */
    @Arbiter
    public void end(II_Result result) {
      heed();
      result.r2 = known;
    }

    private void heed() {
      int version = watch.version();
      if (version != heeded) {
        known = bits(watch.overloaded());
        heeded = version;
      }
    }
  }

  /**
   * Two loops that bring a server to its threshold at the same time, with one flow each: at least
   * one of them has to see both, or neither takes the server for full.
   */
  @JCStressTest
  @Outcome(
      id = {"0, 1", "1, 0", "1, 1"},
      expect = ACCEPTABLE,
      desc = "one loop found the server full, or both")
  @Outcome(expect = FORBIDDEN, desc = "a server at its threshold was full for no loop")
  @State
  public static class LoopsMeetAtTheThreshold {

    private final ServerCounters one = new ServerCounters(SLOTS);
    private final ServerCounters other = new ServerCounters(SLOTS);
    private final OverloadDetector watchOfOne =
        new OverloadDetector(new ServerCounters[] {one, other}, SLOTS);
    private final OverloadDetector watchOfOther =
        new OverloadDetector(new ServerCounters[] {other, one}, SLOTS);

    /** Sets a threshold of two flows. */
    public LoopsMeetAtTheThreshold() {
      watchOfOne.thresholds(0, 2, 0);
      watchOfOther.thresholds(0, 2, 0);
    }

    /** Opens the first flow, or the second. */
    @Actor
    public void oneLoop(II_Result result) {
      one.opened(0, true);
      result.r1 = watchOfOne.opened(0) ? 1 : 0;
    }

    /** Opens the second flow, or the first. */
    @Actor
    public void otherLoop(II_Result result) {
      other.opened(0, true);
      result.r2 = watchOfOther.opened(0) ? 1 : 0;
    }
  }

  /** A loop relieves a server when the flow of another loop has gone; nothing is lost. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 0"},
      expect = ACCEPTABLE,
      desc = "relieved at once, or at the next look")
  @Outcome(expect = FORBIDDEN, desc = "a server stayed full without a flow")
  @State
  public static class OtherLoopRelieves {

    private final ServerCounters one = new ServerCounters(SLOTS);
    private final OverloadDetector watch = watchOf(new ServerCounters(SLOTS), one);

    /** Fills the server from the other loop. */
    public OtherLoopRelieves() {
      one.opened(0, true);
      watch.opened(0);
    }

    /** Forgets the flow. */
    @Actor
    public void otherLoop() {
      one.closed(0, true);
    }

    /** Looks at the end of a batch. */
    @Actor
    public void eventLoop(II_Result result) {
      watch.relieved();
      result.r1 = bits(watch.overloaded());
    }

    /** Looks at the end of the next batch. */
    @Arbiter
    public void end(II_Result result) {
      watch.relieved();
      result.r2 = bits(watch.overloaded());
    }
  }
}
