package io.dsr.core.scheduler;

import java.util.List;

/**
 * How Maglev hashing chooses.
 *
 * @param tableSize how many entries the table has, one of {@link #TABLE_SIZES}; a hundred for each
 *     server keep the imbalance within 1 %, more keep more clients in place when a server goes. An
 *     entry takes two bytes on each event loop
 * @param sourcePort whether the client's port counts too, so that one client's connections spread
 *     ({@code mh-port} in IPVS)
 * @param fallback whether a client whose server may take no new flow is given another ({@code
 *     mh-fallback} in IPVS); otherwise its new flows are refused until the server is back
 */
public record MaglevOptions(int tableSize, boolean sourcePort, boolean fallback) {

  /** The sizes permitted: those of IPVS and the two of the paper; all of them prime. */
  public static final List<Integer> TABLE_SIZES =
      List.of(251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 65537, 131071, 655373);

  static final String TABLE_SIZE = "tableSize";

  /** 65537 entries, by address alone, with fallback. */
  public static final MaglevOptions DEFAULT = new MaglevOptions(65_537, false, true);

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if {@code tableSize} is not permitted
   */
  public MaglevOptions {
    if (!TABLE_SIZES.contains(tableSize)) {
      throw new IllegalArgumentException(
          "tableSize: " + tableSize + " (expected: one of " + TABLE_SIZES + ")");
    }
  }

  /**
   * Returns the same options with another table size.
   *
   * @throws IllegalArgumentException if it is not one of {@link #TABLE_SIZES}
   */
  public MaglevOptions tableSize(int newTableSize) {
    return new MaglevOptions(newTableSize, sourcePort, fallback);
  }

  /** Returns the same options with the client's port counted, or not. */
  public MaglevOptions sourcePort(boolean newSourcePort) {
    return new MaglevOptions(tableSize, newSourcePort, fallback);
  }

  /** Returns the same options with fallback, or without. */
  public MaglevOptions fallback(boolean newFallback) {
    return new MaglevOptions(tableSize, sourcePort, newFallback);
  }
}
