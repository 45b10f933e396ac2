package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dsr.core.Picker;
import org.junit.jupiter.api.Test;

final class RandomTest {

  private static final long SEED = 0x5eed_0007L;
  private static final int COUNT = 50_000;

  @Test
  void drawsServersByWeight() {
    var servers = TestServers.weights(1, 0, 6, 3);
    int[] shares = Flows.shares(WeightedRandom.newPicker(servers, new Draws(SEED)), COUNT, 4);

    assertThat(shares[0] / (double) COUNT).isCloseTo(0.1, within(0.01));
    assertThat(shares[1]).isZero();
    assertThat(shares[2] / (double) COUNT).isCloseTo(0.6, within(0.01));
    assertThat(shares[3] / (double) COUNT).isCloseTo(0.3, within(0.01));
  }

  @Test
  void repeatsItselfForOneSeedAlone() {
    var servers = TestServers.count(5);
    int[] picks = Flows.picks(WeightedRandom.newPicker(servers, new Draws(SEED)), 100);

    assertThat(Flows.picks(WeightedRandom.newPicker(servers, new Draws(SEED)), 100))
        .isEqualTo(picks);
    assertThat(Flows.picks(Schedulers.random().newPicker(servers), 100)).isNotEqualTo(picks);
    assertThat(Flows.picks(Schedulers.powerOfTwo().newPicker(servers), 100))
        .isNotEqualTo(Flows.picks(Schedulers.powerOfTwo().newPicker(servers), 100));
  }

  @Test
  void takesTheLessLoadedOfTwo() {
    // The last, of half the draws, is taken only where both draws hit it: a quarter of the flows.
    var servers = TestServers.weights(1, 1, 2).load(0, 1, 0).load(1, 1, 0).load(2, 9, 0);
    int[] shares = Flows.shares(PowerOfTwo.newPicker(servers, new Draws(SEED)), COUNT, 3);

    assertThat(shares[2] / (double) COUNT).isCloseTo(0.25, within(0.01));
    assertThat(shares[0] / (double) COUNT).isCloseTo(0.375, within(0.01));
  }

  @Test
  void weighsTheLoadsOfTheTwoAgainstTheirWeights() {
    // Three of weight 3 are no more than one of weight 1: the first drawn is taken.
    var servers = TestServers.weights(1, 3).load(0, 1, 0).load(1, 3, 0);
    int[] even = Flows.shares(PowerOfTwo.newPicker(servers, new Draws(SEED)), COUNT, 2);
    servers.load(1, 3, 1);
    int[] more = Flows.shares(PowerOfTwo.newPicker(servers, new Draws(SEED)), COUNT, 2);

    assertThat(even[0] / (double) COUNT).isCloseTo(0.25, within(0.01));
    assertThat(more[0] / (double) COUNT).isCloseTo(7 / 16.0, within(0.01));
  }

  @Test
  void picksNoneWhereNoServerMayTakeAFlow() {
    var servers = TestServers.weights(0, 1).down(1);

    assertThat(Schedulers.random().newPicker(servers).pick(Flows.of(1, 1))).isEqualTo(Picker.NONE);
    assertThat(Schedulers.powerOfTwo().newPicker(servers).peek(Flows.of(1, 1)))
        .isEqualTo(Picker.NONE);
  }
}
