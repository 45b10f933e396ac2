package io.dsr.bench.packet;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What is measured of each contender. */
enum Scenario {
  /** Small frames as fast as they go, everything on one CPU. */
  ONE_CPU_SMALL(false, 0, true),
  /** Full-size frames as fast as they go, everything on one CPU. */
  ONE_CPU_FULL(false, 0, false),
  /** Small frames as fast as they go, the balancer alone on its CPU. */
  TWO_CPUS_SMALL(true, 0, true),
  /** Full-size frames as fast as they go, the balancer alone on its CPU. */
  TWO_CPUS_FULL(true, 0, false),
  /** Ten small frames a second. */
  PACED_10(true, 10, true),
  /** A thousand small frames a second. */
  PACED_1000(true, 1_000, true),
  /** Fifty thousand small frames a second. */
  PACED_50000(true, 50_000, true),
  /** Nothing. */
  IDLE(true, -1, true);

  /** The most parts that a scenario is measured in. */
  static final int MOST_PARTS = 4;

  private static final int FULL_FRAME = 1514;
  private static final double RARE = 1_000;

  private final boolean twoCpus;
  private final double rate;
  private final boolean small;

  Scenario(boolean twoCpus, double rate, boolean small) {
    this.twoCpus = twoCpus;
    this.rate = rate;
    this.small = small;
  }

  /** Returns the scenario that a command line names, as {@link #toString} does. */
  static Optional<Scenario> named(String name) {
    return Arrays.stream(values()).filter(scenario -> scenario.toString().equals(name)).findAny();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Returns whether the balancer has a CPU of its own. */
  boolean twoCpus() {
    return twoCpus;
  }

  /** Returns frames a second, 0 for as fast as it goes, or -1 for none. */
  double rate() {
    return rate;
  }

  /** Returns the bytes of a frame without its checksum. */
  int bytes(Options options) {
    return small ? options.smallFrame() : FULL_FRAME;
  }

  /**
   * Returns in how many parts a measurement is made, each in turn with those of all contenders: the
   * more, the less a machine's moods are in a ratio. Few frames have their quantiles only together.
   */
  int parts() {
    return rate == 0 || rate > RARE ? MOST_PARTS : 1;
  }

  /** Returns for how long it is measured: longer where few frames make a quantile. */
  long milliseconds(Options options) {
    return options.seconds * (rate == 0 ? 1_000L : 5_000L);
  }

  /** Returns whether frames are so few that each finds an idle machine. */
  boolean isRare() {
    return rate != 0 && rate <= RARE;
  }

  /** Returns whether a contender takes part: one CPU is for what runs in softirq. */
  boolean fits(Contender contender) {
    return switch (contender.place()) {
      case NOWHERE -> !twoCpus || rate == 0;
      case KERNEL -> true;
      case PROCESS -> twoCpus;
    };
  }
}
