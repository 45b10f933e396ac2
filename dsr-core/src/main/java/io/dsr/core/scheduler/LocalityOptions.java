package io.dsr.core.scheduler;

import io.dsr.core.SchedulerSpec;
import java.time.Duration;

/**
 * How much locality-based least-connection scheduling remembers.
 *
 * @param destinations how many addresses, 8 to 1048576, rounded up to a multiple of 8; where more
 *     are asked for, those longest unused are forgotten. Each takes about 30 bytes on each event
 *     loop, with replication about 70
 * @param expiration how long an address that nobody asks for is remembered, and how long a set of
 *     servers stays unchanged before it loses its most loaded one; a second to a year
 */
public record LocalityOptions(int destinations, Duration expiration) {

  static final String DESTINATIONS = "destinations";
  static final String EXPIRATION = "expiration";

  private static final int FEWEST = 8;
  private static final int MOST = 1 << 20;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  /** 16384 addresses for 24 hours, the bounds of IPVS. */
  public static final LocalityOptions DEFAULT = new LocalityOptions(16_384, Duration.ofHours(24));

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public LocalityOptions {
    if (destinations < FEWEST || destinations > MOST) {
      throw new IllegalArgumentException(
          "destinations: " + destinations + " (expected: " + FEWEST + " to " + MOST + ")");
    }
    if (expiration.compareTo(SHORTEST) < 0 || expiration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "expiration: " + expiration + " (expected: " + SHORTEST + " to " + LONGEST + ")");
    }
  }

  /**
   * Returns the same options for another number of addresses.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public LocalityOptions destinations(int newDestinations) {
    return new LocalityOptions(newDestinations, expiration);
  }

  /**
   * Returns the same options with another expiration.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public LocalityOptions expiration(Duration newExpiration) {
    return new LocalityOptions(destinations, newExpiration);
  }

  /** Returns the spec of the scheduler of that name with these options; defaults are left out. */
  SchedulerSpec spec(String name) {
    var spec = SchedulerSpec.of(name);
    if (destinations != DEFAULT.destinations) {
      spec = spec.option(DESTINATIONS, destinations);
    }
    return expiration.equals(DEFAULT.expiration) ? spec : spec.option(EXPIRATION, expiration);
  }

  /** Returns the options that a spec has. */
  static LocalityOptions of(SchedulerSpec spec) {
    var options = DEFAULT;
    String size = spec.options().get(DESTINATIONS);
    if (size != null) {
      options = options.destinations(Integer.parseInt(size));
    }
    String time = spec.options().get(EXPIRATION);
    return time == null ? options : options.expiration(Duration.parse(time));
  }
}
