package io.dsr.core.flow;

/**
 * Prefetches the memory that searches will read, before the first search begins.
 *
 * <p>A search waits for memory twice, for an entry of the index and for a record, and the next
 * search cannot begin before it has ended. Of several searches prefetched together the entries are
 * read first, one right after the other, and then the records: a processor waits for all of them
 * about as long as for one. Nothing else depends on what is read here.
 *
 * <p>Event loop only.
 */
final class RecordPrefetcher {

  /** The most searches that can be prefetched at once. */
  static final int MOST = 8;

  private final int[] hashes = new int[MOST];
  private final long[] entries = new long[MOST];
  private int count;

  /** What was read: not to be used, but without it the reading would be compiled away. */
  private long seen;

  /** Prefetches a search; one too many is forgotten. */
  void prefetch(int hash) {
    if (count < MOST) {
      hashes[count++] = hash;
    }
  }

  /** Reads what the prefetched searches will look at first, and forgets them. */
  void load(FlowIndex index, FlowRecords records) {
    for (int i = 0; i < count; i++) {
      entries[i] = index.entry(index.home(hashes[i]));
    }
    long all = 0;
    for (int i = 0; i < count; i++) {
      all ^= entries[i] == FlowIndex.EMPTY ? 0 : records.first(FlowIndex.recordOf(entries[i]));
    }
    seen = all;
    count = 0;
  }

  /** Returns the first words of the records that were read last, one xor the other. */
  long seen() {
    return seen;
  }
}
