package io.dsr.core.datapath;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;

/**
 * How much one director remembers, and how it places what it does not.
 *
 * @param maximumConnections flows remembered at most, of each address family: 1 to 2^26
 * @param hashKey the key of placement hashes
 * @param admission what keeps the tables from filling
 */
public record DirectorLimits(int maximumConnections, HashKey hashKey, Admission admission) {

  /**
   * The maximum number of TCP connections of which only a SYN has come; they have their own table.
   */
  public static final int MAXIMUM_HALF_OPEN = 65_536;

  /** The most flows that one table holds. */
  public static final int LARGEST = 1 << 26;

  /** Checks the ranges. */
  public DirectorLimits {
    requireNonNull(hashKey, "hashKey");
    requireNonNull(admission, "admission");
    if (maximumConnections < 1 || maximumConnections > LARGEST) {
      throw new IllegalArgumentException(
          "maximumConnections: " + maximumConnections + " (expected: 1 to " + LARGEST + ")");
    }
  }

  /** Returns the limits of one of {@code loops} event loops that share these. */
  public DirectorLimits share(int loops) {
    return new DirectorLimits((maximumConnections + loops - 1) / loops, hashKey, admission);
  }

  /** Creates limits with the default admission. */
  public DirectorLimits(int maximumConnections, HashKey hashKey) {
    this(maximumConnections, hashKey, Admission.DEFAULT);
  }
}
