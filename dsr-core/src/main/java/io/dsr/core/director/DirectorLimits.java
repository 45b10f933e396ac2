package io.dsr.core.director;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;

/**
 * How much one director remembers, and how it places what it does not.
 *
 * @param maximumConnections flows remembered at most, of each address family: 1 to 2^26
 * @param hashKey the key of placement hashes
 */
public record DirectorLimits(int maximumConnections, HashKey hashKey) {

  /** The most flows that one table holds. */
  public static final int LARGEST = 1 << 26;

  /** Checks the ranges. */
  public DirectorLimits {
    requireNonNull(hashKey, "hashKey");
    if (maximumConnections < 1 || maximumConnections > LARGEST) {
      throw new IllegalArgumentException(
          "maximumConnections: " + maximumConnections + " (expected: 1 to " + LARGEST + ")");
    }
  }
}
