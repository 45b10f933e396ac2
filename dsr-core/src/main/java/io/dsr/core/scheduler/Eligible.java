package io.dsr.core.scheduler;

import io.dsr.core.Servers;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Slots and weights of those servers whose effective weight is above zero, in their order. */
final class Eligible {

  private final int[] positions;
  private final int[] slots;
  private final int[] weights;

  Eligible(Servers servers) {
    this.positions =
        IntStream.range(0, servers.size())
            .filter(position -> servers.weight(position) > 0)
            .toArray();
    this.slots = Arrays.stream(positions).map(servers::slot).toArray();
    this.weights = Arrays.stream(positions).map(servers::weight).toArray();
  }

  int size() {
    return positions.length;
  }

  /** Returns the positions that they have among all servers. */
  int[] positions() {
    return positions;
  }

  int[] slots() {
    return slots;
  }

  int[] weights() {
    return weights;
  }

  int greatestWeight() {
    return Arrays.stream(weights).max().orElse(0);
  }

  int commonDivisor() {
    return commonDivisor(weights);
  }

  static int commonDivisor(int[] numbers) {
    return Arrays.stream(numbers).reduce(0, Eligible::commonDivisor);
  }

  private static int commonDivisor(int a, int b) {
    return b == 0 ? a : commonDivisor(b, a % b);
  }
}
