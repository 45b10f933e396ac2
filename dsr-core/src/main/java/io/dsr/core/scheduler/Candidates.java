package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Servers;
import java.util.Comparator;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The servers that a scheduler chooses among, lifted out of {@link Servers} into arrays. A server's
 * index here is its rank.
 */
final class Candidates {

  /** Where each is among the {@link Servers}. */
  final int[] positions;

  /** What a picker returns for each; {@link Picker#NONE} for one that may take no new flow. */
  final int[] slots;

  /** Their weights, all above 0. */
  final int[] weights;

  private Candidates(Servers servers, IntUnaryOperator weight) {
    this.positions =
        IntStream.range(0, servers.size()).filter(at -> weight.applyAsInt(at) > 0).toArray();
    this.slots =
        IntStream.of(positions)
            .map(at -> servers.weight(at) > 0 ? servers.slot(at) : Picker.NONE)
            .toArray();
    this.weights = IntStream.of(positions).map(weight).toArray();
  }

  /** Returns the servers that may take a new flow, with their effective weights. */
  static Candidates available(Servers servers) {
    return new Candidates(servers, servers::weight);
  }

  /** Returns the servers that the operator gave a weight, in working order or not. */
  static Candidates configured(Servers servers) {
    return new Candidates(servers, servers::configuredWeight);
  }

  int size() {
    return positions.length;
  }

  /** Returns whether none of these may take a new flow. */
  boolean noneAvailable() {
    return IntStream.of(slots).allMatch(slot -> slot == Picker.NONE);
  }

  /** Returns the greatest common divisor of the weights, 0 where there are none. */
  int divisor() {
    return IntStream.of(weights).reduce(0, Candidates::divisor);
  }

  /** Returns the sum of the weights. */
  long weight() {
    return IntStream.of(weights).asLongStream().sum();
  }

  /** Returns the ranks from the heaviest to the lightest, equals in their order. */
  int[] byWeight() {
    return IntStream.range(0, size())
        .boxed()
        .sorted(Comparator.comparingInt((Integer rank) -> weights[rank]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int divisor(int a, int b) {
    return b == 0 ? a : divisor(b, a % b);
  }
}
