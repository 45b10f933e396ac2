package io.dsr.core.admission;

import static io.dsr.core.admission.Sources.KEY;
import static io.dsr.core.admission.Sources.ipv4;
import static io.dsr.core.admission.Sources.ipv6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceRecordsTest {

  private static final int CLIENT = 0xc633_6411;
  private static final int ROUNDS = 50_000;

  @ParameterizedTest
  @CsvSource({"32,1", "31,2", "24,256", "16,65536", "1,2147483648"})
  void takesAnIpv4NetworkForOneSource(int prefix, long addresses) {
    var records = new SourceRecords(prefix, 64, 10, KEY);
    int first = (int) (CLIENT & -addresses);
    int record = records.add(ipv4((int) (first + addresses / 2)));

    assertThat(records.find(ipv4(first))).isEqualTo(record);
    assertThat(records.find(ipv4((int) (first + addresses - 1)))).isEqualTo(record);
    assertThat(records.find(ipv4((int) (first + addresses)))).isEqualTo(SourceRecords.NONE);
    assertThat(records.find(ipv4(first - 1))).isEqualTo(SourceRecords.NONE);
    assertThat(records.prefixLow(record)).isEqualTo(Integer.toUnsignedLong(first));
  }

  /** Bit is the number of an address bit from the left, flipped. */
  @ParameterizedTest
  @CsvSource({
    "128,127,false",
    "127,127,true",
    "127,126,false",
    "65,64,false",
    "65,65,true",
    "64,63,false",
    "64,64,true",
    "63,63,true",
    "63,62,false",
    "56,56,true",
    "1,0,false",
    "1,1,true",
    "1,127,true"
  })
  void takesAnIpv6NetworkForOneSource(int prefix, int bit, boolean same) {
    var records = new SourceRecords(32, prefix, 10, KEY);
    long high = 0x2001_0db8_0000_0001L;
    long low = 0x0123_4567_89ab_cdefL;
    int record = records.add(ipv6(high, low));

    long flipped = Long.MIN_VALUE >>> (bit & 63);
    int found = records.find(bit < 64 ? ipv6(high ^ flipped, low) : ipv6(high, low ^ flipped));

    assertThat(found == record).isEqualTo(same);
    assertThat(found == SourceRecords.NONE).isNotEqualTo(same);
  }

  @Test
  void keepsTheTwoIpVersionsApart() {
    var records = new SourceRecords(32, 128, 10, KEY);
    int four = records.add(ipv4(CLIENT));

    assertThat(records.find(ipv6(0, Integer.toUnsignedLong(CLIENT)))).isEqualTo(SourceRecords.NONE);

    int six = records.add(ipv6(0, Integer.toUnsignedLong(CLIENT)));
    assertThat(six).isNotEqualTo(four);
    assertThat(records.find(ipv4(CLIENT))).isEqualTo(four);
    assertThat(records.find(true, 0, Integer.toUnsignedLong(CLIENT))).isEqualTo(six);
    assertThat(records.isIpv6(six)).isTrue();
  }

  @Test
  void holdsAsManySourcesAsItHasRoomFor() {
    var records = new SourceRecords(32, 64, 100, KEY);
    for (int source = 0; source < 100; source++) {
      assertThat(records.add(ipv4(source))).isEqualTo(source);
    }

    assertThat(records.add(ipv4(100))).isEqualTo(SourceRecords.NONE);
    records.remove(records.find(ipv4(42)));

    assertThat(records.size()).isEqualTo(99);
    assertThat(records.add(ipv4(100))).isEqualTo(42);
    assertThat(records.find(ipv4(42))).isEqualTo(SourceRecords.NONE);
  }

  @Test
  void beginsEachRecordWithoutFlows() {
    var records = new SourceRecords(32, 64, 1, KEY);
    int record = records.add(ipv4(1));
    records.opened(record);
    records.remove(record);

    assertThat(records.live(records.add(ipv4(2)))).isZero();
  }

  @Test
  void neverCountsBelowNothing() {
    var records = new SourceRecords(32, 64, 1, KEY);
    int record = records.add(ipv4(1));
    records.closed(record);
    records.opened(record);

    assertThat(records.live(record)).isOne();
  }

  /** As few as one chain: the longest that there can be. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 301})
  void agreesWithAMap(int capacity) {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    var records = new SourceRecords(32, 64, capacity, KEY);
    Map<Integer, Integer> recordOf = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      int source = random.nextInt(2 * capacity);
      Integer known = recordOf.get(source);
      int found = records.find(ipv4(source));
      assertThat(found)
          .as("seed %d, round %d", seed, round)
          .isEqualTo(known == null ? SourceRecords.NONE : known);
      if (known != null && random.nextBoolean()) {
        records.remove(known);
        recordOf.remove(source);
      } else if (known == null) {
        int added = records.add(ipv4(source));
        assertThat(added == SourceRecords.NONE)
            .as("seed %d, round %d", seed, round)
            .isEqualTo(recordOf.size() == capacity);
        if (added != SourceRecords.NONE) {
          recordOf.put(source, added);
        }
      }
      assertThat(records.size()).isEqualTo(recordOf.size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, (1 << 28) + 1})
  void refusesOtherCapacities(int capacity) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SourceRecords(32, 64, capacity, KEY))
        .withMessage("capacity: " + capacity + " (expected: 1 to 268435456)");
  }
}
