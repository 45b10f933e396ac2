package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FlowIndexTest {

  private static final int ROUNDS = 20_000;

  @Test
  void findsNothingAtFirst() {
    FlowIndex index = new FlowIndex(1);

    assertThat(index.first(0)).isEqualTo(FlowIndex.NONE);
    assertThat(index.first(-1)).isEqualTo(FlowIndex.NONE);
  }

  @Test
  void findsEveryRecordOfOneHash() {
    FlowIndex index = new FlowIndex(3);
    index.add(-1, 0);
    index.add(-1, 1);
    index.add(-1, 2);

    index.remove(-1, 1);

    assertThat(records(index, -1)).containsExactlyInAnyOrder(0, 2);
  }

  /** Hashes of few values, all at the very end of the table: the longest runs, wrapped round. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 301})
  void agreesWithAMapWhereHashesCollide(int capacity) {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    FlowIndex index = new FlowIndex(capacity);
    Map<Integer, Integer> hashOf = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      int record = random.nextInt(capacity);
      Integer hash = hashOf.remove(record);
      if (hash != null) {
        index.remove(hash, record);
      } else {
        int collider = random.nextInt(4) << (random.nextBoolean() ? 28 : 0);
        hash = random.nextBoolean() ? -1 - collider : collider;
        index.add(hash, record);
        hashOf.put(record, hash);
      }
      if (round % 97 == 0) {
        check(index, hashOf, seed);
      }
    }
    check(index, hashOf, seed);
  }

  @Test
  void bringsEveryHashIntoRange() {
    FlowIndex index = new FlowIndex(500);

    assertThat(index.home(0)).isZero();
    assertThat(index.home(Integer.MAX_VALUE)).isEqualTo(499);
    assertThat(index.home(Integer.MIN_VALUE)).isEqualTo(500);
    assertThat(index.home(-1)).isEqualTo(999);
  }

  /** Through every table and back to the first, several times, with all else gone in between. */
  @ParameterizedTest
  @ValueSource(ints = {512, 8_192, 40_000, 200_000})
  void findsEveryRecordWhileItGrowsAndWhenItIsEmptyAgain(int capacity) {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    FlowIndex index = new FlowIndex(capacity);
    for (int lap = 0; lap < 3; lap++) {
      int[] hashes = new int[capacity];
      for (int record = 0; record < capacity; record++) {
        hashes[record] = random.nextInt();
        index.add(hashes[record], record);
        int earlier = random.nextInt(record + 1);
        assertThat(records(index, hashes[earlier])).as("seed %d", seed).contains(earlier);
      }
      for (int record = 0; record < capacity; record++) {
        assertThat(records(index, hashes[record])).as("seed %d", seed).contains(record);
        index.remove(hashes[record], record);
        assertThat(records(index, hashes[record])).as("seed %d", seed).doesNotContain(record);
      }
    }
  }

  private static void check(FlowIndex index, Map<Integer, Integer> hashOf, long seed) {
    Map<Integer, Set<Integer>> expected = new HashMap<>();
    hashOf.forEach((r, hash) -> expected.computeIfAbsent(hash, h -> new TreeSet<>()).add(r));
    for (int collider = 0; collider < 4; collider++) {
      for (int hash : new int[] {collider, -1 - collider, collider << 28, -1 - (collider << 28)}) {
        assertThat(records(index, hash))
            .as("seed %d, hash %x", seed, hash)
            .isEqualTo(expected.getOrDefault(hash, Set.of()));
      }
    }
  }

  private static Set<Integer> records(FlowIndex index, int hash) {
    Set<Integer> records = new TreeSet<>();
    for (int at = index.first(hash); at != FlowIndex.NONE; at = index.after(at, hash)) {
      records.add(index.record(at));
    }
    return records;
  }
}
