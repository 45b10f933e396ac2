package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.HashKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FragmentTableTest {

  private static final HashKey KEY = new HashKey(5, 6);
  private static final long START = Long.MAX_VALUE - 7;
  private static final long SECOND = 1_000_000_000L;
  private static final long TICK = 1L << FlowTracker.TICK_BITS;
  private static final int ROUNDS = 200_000;

  private final FragmentKey key = new FragmentKey();

  @Test
  void findsTheServerOfADatagram() {
    FragmentTable table = table(8);
    assertThat(table.find(datagram(1))).isEqualTo(FragmentTable.NONE);

    table.remember(datagram(1), 7, 9);

    assertThat(FragmentTable.slot(table.find(datagram(1)))).isEqualTo(7);
    assertThat(FragmentTable.generation(table.find(datagram(1)))).isEqualTo(9);
    assertThat(table.find(datagram(2))).isEqualTo(FragmentTable.NONE);
    assertThat(table.size()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 65535", "65535, 0", "65535, 65535", "32768, 32768"})
  void keepsEveryBitOfSlotAndGeneration(int slot, int generation) {
    FragmentTable table = table(8);

    table.remember(key.ipv6(-1, -1, -1, -1, -1), slot, generation);

    long server = table.find(key);
    assertThat(server).isEqualTo((long) slot << 16 | generation).isNotNegative();
    assertThat(FragmentTable.slot(server)).isEqualTo(slot);
    assertThat(FragmentTable.generation(server)).isEqualTo(generation);
  }

  @Test
  void tellsDatagramsApartByAllThatIdentifiesThem() {
    FragmentTable table = table(16);
    List<FragmentKey> keys =
        List.of(
            new FragmentKey().ipv4(1, 2, 3, 17),
            new FragmentKey().ipv4(-1, 2, 3, 17),
            new FragmentKey().ipv4(1, -2, 3, 17),
            new FragmentKey().ipv4(1, 2, 4, 17),
            new FragmentKey().ipv4(1, 2, 3, 6),
            new FragmentKey().ipv4(2, 1, 3, 17),
            new FragmentKey().ipv4(1, 2, 3, 0),
            new FragmentKey().ipv6(0, 1, 0, 2, 3),
            new FragmentKey().ipv6(1, 1, 0, 2, 3),
            new FragmentKey().ipv6(0, 1, 1, 2, 3),
            new FragmentKey().ipv6(0, 3, 0, 2, 3),
            new FragmentKey().ipv6(0, 1, 0, 3, 3),
            new FragmentKey().ipv6(0, 1, 0, 2, -3));
    for (int i = 0; i < keys.size(); i++) {
      table.remember(keys.get(i), i, i);
    }

    assertThat(table.size()).isEqualTo(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      assertThat(FragmentTable.slot(table.find(keys.get(i)))).isEqualTo(i);
      for (int other = 0; other < keys.size(); other++) {
        assertThat(keys.get(i).isSame(keys.get(other).copy())).isEqualTo(i == other);
      }
    }
  }

  @Test
  void takesTheNewerServerOfAnIdentificationThatIsUsedAgain() {
    FragmentTable table = table(8);
    table.remember(datagram(1), 7, 9);

    table.remember(datagram(1), 7, 10);

    assertThat(FragmentTable.generation(table.find(datagram(1)))).isEqualTo(10);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void remembersForThirtySeconds() {
    FragmentTable table = table(8);
    table.remember(datagram(1), 1, 1);
    table.time(at(10 * SECOND));
    table.expire();
    table.remember(datagram(2), 2, 2);

    table.time(at(30 * SECOND));
    table.expire();
    assertThat(table.find(datagram(1))).isNotEqualTo(FragmentTable.NONE);
    table.time(at(30 * SECOND + 2 * TICK));
    table.expire();
    assertThat(table.find(datagram(1))).isEqualTo(FragmentTable.NONE);
    assertThat(table.size()).isEqualTo(1);
    table.time(at(40 * SECOND));
    table.expire();
    assertThat(table.find(datagram(2))).isNotEqualTo(FragmentTable.NONE);
    table.time(at(40 * SECOND + 2 * TICK));
    table.expire();
    assertThat(table.size()).isZero();
  }

  @Test
  void beginsTheTimeAnewWithAnotherDatagramOfThatIdentification() {
    FragmentTable table = table(8);
    table.remember(datagram(1), 1, 1);
    table.remember(datagram(2), 2, 2);
    table.time(at(20 * SECOND));
    table.expire();
    table.remember(datagram(1), 3, 3);

    table.time(at(40 * SECOND));
    table.expire();

    assertThat(FragmentTable.slot(table.find(datagram(1)))).isEqualTo(3);
    assertThat(table.find(datagram(2))).isEqualTo(FragmentTable.NONE);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void findsNoneWhoseTimeHasPassedThoughMoreAreDueThanOneCallForgets() {
    int count = 3 * FragmentTable.RECORDS_A_CALL;
    FragmentTable table = table(count);
    for (int id = 0; id < count; id++) {
      table.remember(datagram(id), 1, 1);
    }

    table.time(at(31 * SECOND));
    table.expire();

    assertThat(table.size()).isEqualTo(count - FragmentTable.RECORDS_A_CALL);
    for (int id = 0; id < count; id++) {
      assertThat(table.find(datagram(id))).isEqualTo(FragmentTable.NONE);
    }
    table.remember(datagram(count - 1), 2, 2);
    table.time(at(31 * SECOND));
    table.expire();
    table.time(at(31 * SECOND));
    table.expire();
    assertThat(table.size()).isEqualTo(1);
    assertThat(FragmentTable.slot(table.find(datagram(count - 1)))).isEqualTo(2);
  }

  @Test
  void takesAReadingBeforeTheLastAsNoProgress() {
    FragmentTable table = table(8);
    table.time(at(20 * SECOND));
    table.expire();
    table.time(START);
    table.expire();
    table.remember(datagram(1), 1, 1);

    table.time(at(49 * SECOND));
    table.expire();

    assertThat(table.find(datagram(1))).isNotEqualTo(FragmentTable.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64, 1000})
  void letsTheOldestMakeRoomWhenItIsFull(int capacity) {
    FragmentTable table = table(capacity);
    for (int id = 0; id < capacity; id++) {
      table.remember(datagram(id), id, 1);
    }
    // Datagram 0 is new again: from now on 1 is the oldest, if there is one.
    table.remember(datagram(0), 9, 1);
    for (int added = 1; added < capacity; added++) {
      table.remember(datagram(capacity + added), 5, 1);
      assertThat(table.find(datagram(added))).isEqualTo(FragmentTable.NONE);
      assertThat(FragmentTable.slot(table.find(datagram(0)))).isEqualTo(9);
      assertThat(table.size()).isEqualTo(capacity);
    }

    table.remember(datagram(-1), 5, 1);

    assertThat(table.find(datagram(0))).isEqualTo(FragmentTable.NONE);
    assertThat(FragmentTable.slot(table.find(datagram(-1)))).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 50})
  void doesWhatASlowModelDoes(int capacity) {
    long seed = System.nanoTime();
    var random = new Random(seed);
    FragmentTable table = table(capacity);
    Map<Integer, long[]> model = new LinkedHashMap<>();
    long tick = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int id = random.nextInt(2 * capacity);
      if (random.nextInt(8) == 0) {
        tick += random.nextInt(random.nextInt(10) == 0 ? 1000 : 20);
        long now = tick;
        table.time(at(tick * TICK));
        table.expire();
        model.values().removeIf(entry -> entry[1] <= now);
      } else if (random.nextInt(3) == 0) {
        int server = random.nextInt(0x10000);
        table.remember(datagram(id), server, server ^ 0x5555);
        model.remove(id);
        if (model.size() == capacity) {
          model.remove(model.keySet().iterator().next());
        }
        long server32 = (long) server << 16 | (server ^ 0x5555);
        model.put(id, new long[] {server32, tick + 30 * SECOND / TICK + 1});
      }
      long[] expected = model.getOrDefault(id, new long[] {FragmentTable.NONE});
      assertThat(table.find(datagram(id)))
          .as("seed %d round %d", seed, round)
          .isEqualTo(expected[0]);
      assertThat(table.size()).as("seed %d round %d", seed, round).isEqualTo(model.size());
    }
  }

  @Test
  void takesSeventyTwoBytesADatagram() {
    assertThat(table(FragmentTable.DEFAULT_CAPACITY).bytes()).isEqualTo(72 * 4096 + 8);
  }

  @Test
  void refusesWhatIsOutOfRange() {
    FragmentTable table = table(1);
    for (int wrong : new int[] {-1, 65_536}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table.remember(datagram(1), wrong, 0))
          .withMessage("slot: " + wrong + " (expected: 0 to 65535)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table.remember(datagram(1), 0, wrong))
          .withMessage("generation: " + wrong + " (expected: 0 to 65535)");
    }
    for (int wrong : new int[] {0, FragmentTable.MAXIMUM_CAPACITY + 1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table(wrong))
          .withMessageStartingWith("capacity: " + wrong);
    }
    assertThat(table.size()).isZero();
  }

  /** Returns a reading of the ticker, which overflows: a difference alone counts. */
  private static long at(long nanos) {
    return START + nanos;
  }

  private static FragmentTable table(int capacity) {
    return new FragmentTable(capacity, KEY, START);
  }

  /** Every other one of IPv6. */
  private FragmentKey datagram(int id) {
    return (id & 1) == 0 ? key.ipv4(0xc0000201, 0xc0000202, id, 17) : key.ipv6(1, 2, 3, 4, id);
  }
}
