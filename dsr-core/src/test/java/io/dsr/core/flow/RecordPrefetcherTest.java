package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import org.junit.jupiter.api.Test;

final class RecordPrefetcherTest {

  private static final int UDP = 17;
  private static final HashKey KEY = new HashKey(5, 6);

  private final FlowKey key = new FlowKey(HashKey.PLACEMENT);
  private final FlowTracker table = new FlowTracker(false, 65_536, KEY, new ServerCounters(4), 0);

  @Test
  void readsTheRecordsOfTheFlowsThatWereAnnounced() {
    long expected = 0;
    for (int client = 1; client <= RecordPrefetcher.MOST; client++) {
      table.insert(flow(client), 0, 0);
      expected ^= flow(client).addressWord();
    }
    for (int client = 1; client <= RecordPrefetcher.MOST; client++) {
      table.prefetch(table.hash(flow(client)));
    }

    table.loadPrefetched();

    assertThat(table.prefetcher.seen()).isEqualTo(expected).isNotZero();
  }

  @Test
  void ignoresOneTooManyAndThoseThatAreNotThere() {
    for (int client = 1; client < RecordPrefetcher.MOST; client++) {
      table.prefetch(table.hash(flow(1_000 + client)));
    }
    table.insert(flow(1), 0, 0);
    table.insert(flow(2), 0, 0);
    table.prefetch(table.hash(flow(1)));
    table.prefetch(table.hash(flow(2)));

    table.loadPrefetched();

    assertThat(table.prefetcher.seen()).isEqualTo(flow(1).addressWord());
  }

  @Test
  void forgetsWhatItHasRead() {
    table.insert(flow(1), 0, 0);
    table.prefetch(table.hash(flow(1)));
    table.loadPrefetched();

    table.loadPrefetched();

    assertThat(table.prefetcher.seen()).isZero();
  }

  @Test
  void leavesTheFlowsAsTheyWere() {
    var wide = new FlowTracker(true, 4, KEY, new ServerCounters(4), 0);
    FlowKey other = new FlowKey(HashKey.PLACEMENT).ipv6(1, 2, 3, 4);
    other.transport(5, 6, UDP);
    int record = wide.insert(other, 2, 1);
    long remaining = wide.remainingNanos(record);

    wide.prefetch(wide.hash(other));
    wide.prefetch(wide.hash(new FlowKey(HashKey.PLACEMENT).ipv6(4, 3, 2, 1)));
    wide.loadPrefetched();

    assertThat(wide.size()).isOne();
    assertThat(wide.find(other)).isEqualTo(record);
    assertThat(wide.seenAgain(record)).isFalse();
    assertThat(wide.remainingNanos(record)).isEqualTo(remaining);
  }

  private FlowKey flow(int client) {
    key.ipv4(client, 99, 1024, 53, UDP);
    return key;
  }
}
