package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Servers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The servers that are warming up, in cohorts of nearly the same age, the youngest first, and with
 * what probability a pick of each is accepted just now.
 *
 * <p>Let a cohort and all older servers have the weight W, and F where each weight counts by its
 * factor. A pick among these goes to a server by its weight, so to accept it with probability
 * {@code factor * W / F} and to pick again among the older ones otherwise gives each its share of
 * F. In a cohort of one age that is at most 1, as nobody's factor is less. A cohort spans an eighth
 * of the window; where that brings the probability above 1, it is 1.
 */
final class Warming {

  private static final int COHORTS_PER_WINDOW = 8;
  private static final int REFRESHES_PER_WINDOW = 1024;

  /** In place of the number of a moment: all are warm. */
  private static final long AFTERWARDS = Long.MAX_VALUE;

  private final SlowStart options;
  private final long window;

  /** The warming servers: slots in rising order; the other arrays go by the index there. */
  private final int[] slots;

  private final int[] positions;
  private final int[] weights;
  private final long[] since;
  private final int[] cohorts;
  private final double[] acceptance;

  /** The indexes from the oldest to the youngest. */
  private final int[] byAge;

  private final long warmWeight;
  private final int cohortCount;

  private final double[] factors;

  /** By position: how many times its load a server feels. */
  private final double[] inflation;

  private boolean plain;
  private long revision;

  /**
   * Factors are those of the last of these moments, a step apart from one another: whoever asks in
   * between, to pick or to peek, changes nothing for those who ask later.
   */
  private final long firstMoment;

  private final long step;

  /** The number of the moment that the factors are of. */
  private long moment;

  Warming(Servers servers, SlowStart options) {
    this.options = options;
    this.window = options.window().toNanos();
    this.step = Math.max(1, window / REFRESHES_PER_WINDOW);
    long now = servers.nowNanos();
    this.firstMoment = now;
    int[] available =
        IntStream.range(0, servers.size()).filter(at -> servers.weight(at) > 0).toArray();
    positions =
        IntStream.of(available)
            .filter(at -> isWarming(servers.sinceNanos(at), now))
            .boxed()
            .sorted(Comparator.comparingInt(servers::slot))
            .mapToInt(Integer::intValue)
            .toArray();
    slots = IntStream.of(positions).map(servers::slot).toArray();
    weights = IntStream.of(positions).map(servers::weight).toArray();
    since = IntStream.of(positions).mapToLong(servers::sinceNanos).toArray();
    byAge = byAge(now);
    cohorts = new int[positions.length];
    cohortCount = divide();
    acceptance = new double[positions.length];
    factors = new double[positions.length];
    inflation = new double[servers.size()];
    Arrays.fill(inflation, 1);
    warmWeight =
        IntStream.of(available).mapToLong(servers::weight).sum()
            - IntStream.of(weights).asLongStream().sum();
    if (cohortCount > 0) {
      recompute(now);
    }
  }

  private boolean isWarming(long from, long now) {
    return from != Long.MIN_VALUE && now - from < window;
  }

  private int[] byAge(long now) {
    return IntStream.range(0, positions.length)
        .boxed()
        .sorted(Comparator.comparingLong((Integer at) -> now - since[at]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private int divide() {
    int cohort = -1;
    long youngest = 0;
    for (int at = byAge.length - 1; at >= 0; at--) {
      long from = since[byAge[at]];
      if (cohort < 0 || youngest - from > window / COHORTS_PER_WINDOW) {
        cohort++;
        youngest = from;
      }
      cohorts[byAge[at]] = cohort;
    }
    return cohort + 1;
  }

  /** Returns how many cohorts there are, 0 if no server was warming at the start. */
  int cohorts() {
    return cohortCount;
  }

  /** Returns whether there are available servers older than all cohorts. */
  boolean anyWarm() {
    return warmWeight > 0;
  }

  /** Returns the positions, of {@code count}, that are in none of the first cohorts. */
  int[] without(int firstCohorts, int count) {
    return IntStream.range(0, count)
        .filter(at -> cohortAt(at) < 0 || cohortAt(at) >= firstCohorts)
        .toArray();
  }

  private int cohortAt(int position) {
    for (int index = 0; index < positions.length; index++) {
      if (positions[index] == position) {
        return cohorts[index];
      }
    }
    return -1;
  }

  /** Brings the factors up to date, and returns whether any server is still warming. */
  boolean refresh(long now) {
    boolean warming = now - since[byAge[byAge.length - 1]] < window;
    long next = warming ? (now - firstMoment) / step : AFTERWARDS;
    if (next != moment) {
      moment = next;
      recompute(warming ? firstMoment + next * step : now);
    }
    return warming;
  }

  private void recompute(long now) {
    double weight = warmWeight;
    double counting = warmWeight;
    int at = 0;
    while (at < byAge.length) {
      int behind = at;
      while (behind < byAge.length && cohorts[byAge[behind]] == cohorts[byAge[at]]) {
        int index = byAge[behind++];
        factors[index] = options.factor(now - since[index]);
        weight += weights[index];
        counting += factors[index] * weights[index];
      }
      for (; at < behind; at++) {
        acceptance[byAge[at]] = factors[byAge[at]] * weight / counting;
      }
    }
    inflate();
  }

  // Against the greatest factor: where all servers are equally cold, none feels more than it has.
  private void inflate() {
    double greatest = warmWeight > 0 ? 1 : factors[byAge[0]];
    for (int index = 0; index < positions.length; index++) {
      inflation[positions[index]] = greatest / factors[index];
    }
    revision++;
  }

  /** Returns the index of the warming server in {@code slot}, or something negative. */
  int index(int slot) {
    return slot == Picker.NONE ? -1 : Arrays.binarySearch(slots, slot);
  }

  /** Returns the cohort, from 0 for the youngest, of the warming server of {@code index}. */
  int cohort(int index) {
    return cohorts[index];
  }

  /** Returns the probability, 1 and above for always. */
  double acceptance(int index) {
    return acceptance[index];
  }

  /** Shows the load as it is, or again as the servers feel it. */
  void plain(boolean newPlain) {
    plain = newPlain;
    revision++;
  }

  /** Returns a number that rises whenever the loads that are felt have changed at once. */
  long revision() {
    return revision;
  }

  /** Returns {@code load} of the server at {@code position} as its smaller weight feels it. */
  int felt(int load, int position) {
    return plain ? load : (int) (load * inflation[position]);
  }
}
