package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

final class OverloadDetectorTest {

  private static final int SLOT = 70;
  private static final int SLOTS = 130;

  private final ServerCounters counters = new ServerCounters(SLOTS);
  private final OverloadDetector watch = new OverloadDetector(counters, SLOTS);

  @Test
  void followsTheRuleOfIpvsAtEachTotalUpwardsAndDownwards() {
    for (int upper = 1; upper <= 20; upper++) {
      for (int lower = 0; lower <= upper; lower++) {
        watch.thresholds(SLOT, upper, lower);
        boolean overloaded = false;
        for (int total = 1; total <= upper + 1; total++) {
          boolean next = ipvs(overloaded, total, upper, lower, true);
          counters.opened(SLOT, total % 2 == 0);
          assertThat(watch.opened(SLOT)).isEqualTo(next && !overloaded);
          assertState(next, total, upper, lower);
          overloaded = next;
        }
        for (int total = upper; total >= 0; total--) {
          boolean next = ipvs(overloaded, total, upper, lower, false);
          counters.closed(SLOT, (total + 1) % 2 == 0);
          assertThat(watch.relieved()).isEqualTo(overloaded && !next);
          assertState(next, total, upper, lower);
          overloaded = next;
        }
      }
    }
  }

  @Test
  void staysOverloadedBetweenTheThresholdsAndAdmitsThereOnTheWayUp() {
    watch.thresholds(SLOT, 10, 5);
    open(7);
    assertThat(watch.admits(SLOT)).isTrue();
    open(3);
    assertThat(watch.admits(SLOT)).isFalse();

    close(5);
    assertThat(watch.relieved()).isFalse();
    close(1);
    assertThat(watch.relieved()).isTrue();
    open(5);

    assertThat(watch.admits(SLOT)).isTrue();
  }

  @Test
  void neverLimitsAServerWithoutThresholds() {
    open(1_000);

    assertThat(watch.admits(SLOT)).isTrue();
    assertThat(watch.version()).isZero();
  }

  @Test
  void countsTheFlowsOfAllLoops() {
    var others = new ServerCounters(SLOTS);
    var here = new OverloadDetector(new ServerCounters[] {counters, others}, SLOTS);
    var there = new OverloadDetector(new ServerCounters[] {others, counters}, SLOTS);
    here.thresholds(SLOT, 4, 0);
    there.thresholds(SLOT, 4, 0);
    others.opened(SLOT, true);
    others.opened(SLOT, false);
    counters.opened(SLOT, true);
    assertThat(here.opened(SLOT)).isFalse();
    counters.opened(SLOT, true);
    assertThat(here.opened(SLOT)).isTrue();

    assertThat(there.admits(SLOT)).as("tells only of what it was asked").isTrue();
    others.opened(SLOT, true);
    assertThat(there.opened(SLOT)).isTrue();
    others.closed(SLOT, true);
    others.closed(SLOT, true);
    assertThat(here.relieved()).isFalse();
    others.closed(SLOT, false);
    assertThat(here.relieved()).isTrue();
    assertThat(there.relieved()).isTrue();
  }

  @Test
  void takesNoteOfChangedThresholdsAtOnce() {
    open(10);
    watch.thresholds(SLOT, 10, 1);
    assertThat(watch.admits(SLOT)).as("set to the load").isFalse();
    watch.thresholds(SLOT, 11, 1);
    assertThat(watch.admits(SLOT)).as("raised above it").isTrue();
    watch.thresholds(SLOT, 9, 1);
    assertThat(watch.admits(SLOT)).as("lowered below it").isFalse();
    close(5);
    watch.thresholds(SLOT, 8, 1);
    assertThat(watch.admits(SLOT)).as("between the thresholds").isFalse();
    watch.thresholds(SLOT, 8, 6);
    assertThat(watch.admits(SLOT)).as("lower one raised above it").isTrue();
    watch.thresholds(SLOT, 5, 0);
    assertThat(watch.admits(SLOT)).isFalse();
    watch.thresholds(SLOT, 0, 0);
    assertThat(watch.admits(SLOT)).as("taken away").isTrue();
  }

  @Test
  void tellsOtherThreadsWhichAreOverloadedAndThatItHasChanged() {
    for (int slot : new int[] {0, 63, 64, 129}) {
      int before = watch.version();
      watch.thresholds(slot, 1, 0);
      counters.opened(slot, true);
      assertThat(watch.opened(slot)).isTrue();
      assertThat(watch.opened(slot)).isFalse();
      assertThat(watch.version()).isNotEqualTo(before);
    }
    assertThat(watch.overloaded()).isEqualTo(BitSet.valueOf(new long[] {1L << 63 | 1, 1, 2}));

    counters.closed(63, true);
    counters.closed(129, true);
    assertThat(watch.relieved()).isTrue();
    assertThat(watch.relieved()).isFalse();

    assertThat(watch.overloaded()).isEqualTo(BitSet.valueOf(new long[] {1, 1}));
  }

  @Test
  void knowsTheThresholdsOfASlotUntilItHasNone() {
    watch.thresholds(0, 2, 0);
    watch.thresholds(1, 0, 0);
    counters.opened(0, true);
    counters.opened(0, true);
    counters.opened(1, true);
    counters.opened(1, true);

    assertThat(watch.opened(0)).isTrue();
    assertThat(watch.opened(1)).isFalse();
    watch.thresholds(0, 2, 0);
    assertThat(watch.admits(0)).as("given again, but still full").isFalse();
    watch.thresholds(0, 0, 0);
    assertThat(watch.admits(0)).isTrue();
  }

  /** States the rule as the kernel does: one part when a flow is bound, one when it is unbound. */
  private static boolean ipvs(boolean was, int total, int upper, int lower, boolean bind) {
    if (bind) {
      return was || total >= upper;
    }
    if (lower != 0) {
      return was && !(total < lower);
    }
    return was && !(total * 4 < upper * 3);
  }

  private void assertState(boolean overloaded, int total, int upper, int lower) {
    assertThat(watch.admits(SLOT))
        .as("total %d, upper %d, lower %d", total, upper, lower)
        .isEqualTo(!overloaded);
    assertThat(watch.overloaded().get(SLOT)).isEqualTo(overloaded);
  }

  private void open(int flows) {
    for (int i = 0; i < flows; i++) {
      counters.opened(SLOT, true);
      watch.opened(SLOT);
    }
  }

  private void close(int flows) {
    for (int i = 0; i < flows; i++) {
      counters.closed(SLOT, true);
    }
  }
}
