package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class QuickHashesTest {

  @Test
  void hashesAsTheKeyDoesOneByOne() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int count : new int[] {0, 1, 47, 48, 49, 255, 256, 257, 303, 304, 1_000, 1_024}) {
      var key = new HashKey(random.nextLong(), random.nextLong());
      long[] words = random.longs(count).toArray();
      var hashes = new QuickHashes(key, words);
      for (int round = 0; round < 50; round++) {
        long first = random.nextLong();
        for (int from = 0; from < count; from += QuickHashes.BLOCK) {
          long[] block = hashes.of(first, from);
          for (int at = from; at < Math.min(count, from + QuickHashes.BLOCK); at++) {
            assertThat(block[at - from])
                .as("seed %d, word %d of %d", seed, at, count)
                .isEqualTo(key.quickHash(first, words[at]));
          }
        }
      }
    }
  }
}
