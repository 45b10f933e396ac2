package io.dsr.netty.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BusyPollTest {

  private static final long LIMIT = 4_000;
  private static final long LOOK = 100; // a look at the ring and at the clock
  private static final int LOOKS_IN_VAIN = 1 + (int) (LIMIT / LOOK);

  private long now = 1_000_000;
  private long look = LOOK;
  private long looks;
  private long readyAt = Long.MAX_VALUE;
  private final BusyPoll busyPoll = new BusyPoll(LIMIT, () -> now);

  private boolean isReady() {
    looks++;
    now += look;
    return now >= readyAt;
  }

  /** Lets batches come with so much time from one to the next, and returns how many were found. */
  private int batches(int batches, long gap) {
    int found = 0;
    for (int i = 0; i < batches; i++) {
      readyAt = now + gap;
      if (busyPoll.await(this::isReady)) {
        found++;
      } else {
        now = Math.max(now, readyAt);
      }
    }
    return found;
  }

  @Test
  void looksOnceAtLowRatesAndSeldomWaits() {
    int batches = 100_000;

    assertThat(batches(batches, 100_000_000)).isZero();

    assertThat(looks - batches)
        .as("while waiting, in a 256th and the first eight")
        .isBetween((batches / 256 - 1) * (LIMIT / LOOK), (batches / 256 + 8) * (LIMIT / LOOK));
  }

  @Test
  void findsWhatIsThereAndDoesNotWaitAsLongAsItIsOff() {
    busyPoll.limit(0);

    assertThat(batches(1_000, LOOK)).isEqualTo(1_000);
    assertThat(batches(1_000, 2 * LOOK)).isZero();
    assertThat(looks).isEqualTo(2_000);
  }

  @Test
  void findsEachFrameThatComesWithinTheLimit() {
    assertThat(batches(1_000, LIMIT / 4)).isEqualTo(1_000);

    assertThat(looks).isEqualTo(1_000 * LIMIT / 4 / LOOK);
  }

  @Test
  void findsEachFrameAgainSoonAfterTheyHaveBeenSlow() {
    batches(100_000, 100_000_000);

    assertThat(batches(1_000, LIMIT / 4)).isGreaterThanOrEqualTo(1_000 - BusyPoll.MOST_PASSED);
    assertThat(batches(1_000, LIMIT / 4)).isEqualTo(1_000);
  }

  @Test
  void waitsInVainButAFewTimesWhenTrafficEnds() {
    batches(1_000, LIMIT / 4);
    looks = 0;

    batches(100, 100_000_000);

    assertThat(looks).isLessThanOrEqualTo(100 + 6 * LOOKS_IN_VAIN);
  }

  /** As where the kernel receives on the loop's own CPU. */
  @Test
  void givesUpWhereFramesComeOnlyWhileAnotherThreadHasTheCpu() {
    look = 2 * LIMIT;

    assertThat(batches(10_000, 3 * LIMIT)).as("found, but too late").isBetween(1, 50);

    assertThat(looks).isLessThan(10_000 + 50);
  }

  @Test
  void learnsAnewWhenTheLimitChanges() {
    batches(1_000, 3 * LIMIT);

    busyPoll.limit(4 * LIMIT);

    assertThat(batches(1_000, 3 * LIMIT)).isEqualTo(1_000);
  }
}
