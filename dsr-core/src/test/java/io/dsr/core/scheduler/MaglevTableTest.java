package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.HashKey;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MaglevTableTest {

  private static final long SEED = 0x5eed_0003L;
  private static final int PRIME = 65_537;

  @Test
  void makesTheTableOfThePaper() {
    assertThat(ranks(MaglevTable.fill(7, ints(3, 0, 3), ints(4, 2, 1), ints(1, 1, 1))))
        .containsExactly(1, 0, 1, 0, 2, 2, 0);
  }

  @Test
  void makesTheTableOfThePaperAfterB1Went() {
    // Ranks 0 and 1 are the paper's B0 and B2.
    assertThat(ranks(MaglevTable.fill(7, ints(3, 3), ints(4, 1), ints(1, 1))))
        .containsExactly(0, 0, 0, 0, 1, 1, 1);
  }

  @Test
  void weighsAsTheSecondVersionOfKatran() {
    char[] table = MaglevTable.fill(7, ints(3, 0), ints(4, 2), ints(2, 1));

    assertThat(owned(table, 2)).containsExactly(5, 2);
  }

  @Test
  void dividesALargeTableByWeight() {
    assertThat(owned(table(TestServers.weights(5, 3, 2), PRIME), 3))
        .containsExactly(32_769, 19_661, 13_107);
  }

  @Test
  void givesEqualServersEqualSharesButForOneEntry() {
    var random = new Random(SEED);
    for (int size : ints(251, 1_021, 4_093, 65_537)) {
      for (int run = 0; run < 12; run++) {
        int count = 1 + random.nextInt(size < 5_000 ? size : 2_000);
        int[] owned = owned(table(TestServers.count(count), size), count);

        assertThat(owned)
            .as("seed %d, %d servers, size %d", SEED, count, size)
            .containsOnly(size / count, (size + count - 1) / count);
      }
    }
  }

  @Test
  void keepsSharesWithinTwoEntriesOfTheExactOnesForAnyWeights() {
    var random = new Random(SEED);
    for (int run = 0; run < 30; run++) {
      int[] weights = random.ints(1 + random.nextInt(20), 1, 200).toArray();
      int[] owned = owned(table(TestServers.weights(weights), PRIME), weights.length);

      double sum = IntStream.of(weights).sum();
      for (int rank = 0; rank < weights.length; rank++) {
        double exact = PRIME * weights[rank] / sum;
        assertThat((double) owned[rank])
            .as("seed %d, run %d, rank %d, weights %s", SEED, run, rank, Arrays.toString(weights))
            .isBetween(exact - 2, exact + 2);
      }
    }
  }

  @Test
  void sharesTheLoadOfAThousandServersWithinOnePercent() {
    assertThat(owned(table(TestServers.count(1_000), PRIME), 1_000)).containsOnly(65, 66);
  }

  @Test
  void movesFewEntriesOfServersThatStay() {
    assertThat(disruption(10, 3)).isBetween(0.0005, 0.015);
    assertThat(disruption(100, 42)).isBetween(0.0005, 0.015);
    assertThat(disruption(1_000, 567)).isBetween(0.0005, 0.015);
  }

  @Test
  void movesFewEntriesWhenManyServersGo() {
    // Measured elsewhere with another hash: 0.82 % of 100 - 5, 2.33 %, 3.28 % and 3.51 % of 1000.
    assertThat(disruption(100, 0, 5)).isBetween(0.003, 0.014);
    assertThat(disruption(1_000, 10, 10)).isBetween(0.012, 0.035);
    assertThat(disruption(1_000, 10, 50)).isBetween(0.02, 0.045);
    assertThat(disruption(1_000, 10, 100)).isBetween(0.02, 0.05);
  }

  @Test
  void sharesAndMovesLessWithTheLargestTable() {
    int most = 655_373;
    int[] owned = owned(table(TestServers.count(1_000), most), 1_000);

    assertThat(owned).containsOnly(655, 656);
    assertThat(disruption(most, 1_000, 10, 10)).isBetween(0.002, 0.012);
  }

  @Test
  void dependsOnAddressesAndKeyAlone() {
    var ours = TestServers.count(5);
    var theirs = TestServers.count(5).slots(9, 8, 7, 6, 5);
    var strangers = TestServers.count(5).hashKey(new HashKey(1, 2));

    assertThat(table(theirs, 1_021)).isEqualTo(table(ours, 1_021));
    assertThat(table(strangers, 1_021)).isNotEqualTo(table(ours, 1_021));
  }

  @Test
  void tellsIpv6ServersApartByEveryOctet() {
    char[] low = table(TestServers.addresses("2001:db8::1", "2001:db8::2"), 1_021);
    char[] otherLow = table(TestServers.addresses("2001:db8::1", "2001:db8::3"), 1_021);
    char[] otherHigh = table(TestServers.addresses("2001:db8::1", "2001:db9::2"), 1_021);

    assertThat(owned(low, 2)).containsOnly(510, 511);
    assertThat(otherLow).isNotEqualTo(low);
    assertThat(otherHigh).isNotEqualTo(low).isNotEqualTo(otherLow);
  }

  @Test
  void refusesMoreServersThanEntries() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(TestServers.count(252), 251))
        .withMessage("real servers: 252 (expected: at most 251 for mh)");
    assertThat(owned(table(TestServers.count(251), 251), 251)).containsOnly(1);
  }

  /** The part of all entries that moved though their server stayed when others went. */
  private static double disruption(int count, int gone) {
    return disruption(count, gone, 1);
  }

  private static double disruption(int count, int firstGone, int gone) {
    return disruption(PRIME, count, firstGone, gone);
  }

  private static double disruption(int size, int count, int firstGone, int gone) {
    char[] before = table(TestServers.count(count), size);
    var rest = TestServers.count(count);
    IntStream.range(firstGone, firstGone + gone).forEach(rest::down);
    char[] after = table(rest, size);
    int moved = 0;
    for (int entry = 0; entry < size; entry++) {
      boolean stayed = before[entry] < firstGone || before[entry] >= firstGone + gone;
      int position = after[entry] < firstGone ? after[entry] : after[entry] + gone;
      moved += stayed && before[entry] != position ? 1 : 0;
    }
    return (double) moved / size;
  }

  private static char[] table(TestServers servers, int size) {
    return MaglevTable.of(servers, Candidates.available(servers), size);
  }

  private static int[] owned(char[] table, int ranks) {
    int[] owned = new int[ranks];
    for (char rank : table) {
      owned[rank]++;
    }
    return owned;
  }

  private static int[] ranks(char[] table) {
    return IntStream.range(0, table.length).map(entry -> table[entry]).toArray();
  }

  private static int[] ints(int... values) {
    return values;
  }
}
