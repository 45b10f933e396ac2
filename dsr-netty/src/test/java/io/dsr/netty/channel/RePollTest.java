package io.dsr.netty.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RePollTest {

  private static final long LIMIT = 4_000;
  private static final long LOOK = 100; // a look at the ring and at the clock

  private long now = 1_000_000;
  private long looks;
  private long readyAt = Long.MAX_VALUE;
  private final RePoll rePoll = new RePoll(LIMIT, () -> now);

  private boolean isReady() {
    looks++;
    now += LOOK;
    return now >= readyAt;
  }

  /** Lets batches come with so much time from one to the next, with sleep in between. */
  private void batches(int batches, int frames, long gap) {
    for (int i = 0; i < batches; i++) {
      readyAt = now + gap;
      long came = rePoll.await(this::isReady);
      if (came == 0) {
        now = Math.max(now, readyAt);
        came = rePoll.wokenAt();
      }
      rePoll.came(frames, came);
    }
  }

  @Test
  void looksAtNothingAtLowRates() {
    batches(1_000, 1, 100_000_000);

    assertThat(looks).isZero();
  }

  @Test
  void looksAtNothingAsLongAsItIsOff() {
    rePoll.limit(0);

    batches(1_000, 1, 1_000);

    assertThat(looks).isZero();
  }

  @Test
  void findsEachFrameOnceTheyComeFast() {
    batches(100, 1, 1_000);
    looks = 0;

    batches(1_000, 1, 1_000);

    assertThat(looks).isEqualTo(10_000);
  }

  @Test
  void countsTheFramesOfABatchAndNotTheBatches() {
    batches(100, 10, 20_000);
    looks = 0;

    readyAt = Long.MAX_VALUE;
    assertThat(rePoll.await(this::isReady)).isZero();

    assertThat(looks).as("frames come every 2 us").isEqualTo(LIMIT / LOOK);
  }

  @Test
  void waitsInVainButAFewTimesWhenTrafficEnds() {
    batches(1_000, 1, 1_000);
    looks = 0;

    batches(1_000, 1, 100_000_000);

    assertThat(looks).isLessThanOrEqualTo(2 * LIMIT / LOOK);
  }

  @Test
  void learnsAnewWhenTheLimitChanges() {
    batches(1_000, 1, 3_000);
    looks = 0;

    rePoll.limit(2_000);
    batches(1_000, 1, 3_000);

    assertThat(looks).isZero();
  }
}
