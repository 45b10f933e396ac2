package io.dsr.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PersistenceTableTest {

  private final ClientProbe probe = new ClientProbe();
  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final long NANOS = TIMEOUT.toNanos();
  private static final int CLIENT = 0xc633_6411;
  private static final int CLAIMS = 20_000;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 3);

  @Test
  void knowsNobodyAtFirst() {
    assertThat(table().find(ipv4(CLIENT), probe)).isEqualTo(PersistenceTable.NONE);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,2", "65535,0", "0,65535", "65535,65535", "32768,32768"})
  void givesBackSlotAndGeneration(int slot, int generation) {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), slot, generation, probe);

    long server = table.find(ipv4(CLIENT), probe);

    assertThat(server).isNotEqualTo(PersistenceTable.NONE);
    assertThat(PersistenceTable.slot(server)).isEqualTo(slot);
    assertThat(PersistenceTable.generation(server)).isEqualTo(generation);
  }

  @Test
  void forgetsAClientOnceItsTimeoutHasPassed() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);
    table.remember(ipv4(CLIENT + 1), 1, 0, probe);

    nanos.addAndGet(NANOS - 1);
    assertThat(table.find(ipv4(CLIENT), probe)).isNotEqualTo(PersistenceTable.NONE);
    nanos.addAndGet(1);

    assertThat(table.find(ipv4(CLIENT + 1), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void countsTheTimeoutFromTheLastConnection() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);

    for (int connection = 0; connection < 10; connection++) {
      nanos.addAndGet(NANOS - 1);
      assertThat(PersistenceTable.slot(table.find(ipv4(CLIENT), probe))).isEqualTo(1);
    }
    nanos.addAndGet(NANOS);

    assertThat(table.find(ipv4(CLIENT), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.size()).isZero();
  }

  @Test
  void countsTheTimeoutFromAConnectionThatFollowsAtOnce() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);
    nanos.incrementAndGet();
    table.find(ipv4(CLIENT), probe);

    nanos.addAndGet(NANOS - 1);

    assertThat(table.find(ipv4(CLIENT), probe)).isNotEqualTo(PersistenceTable.NONE);
  }

  @ParameterizedTest
  @CsvSource({"32,1", "31,2", "24,256", "16,65536", "1,2147483648"})
  void takesAnIpv4NetworkForOneClient(int prefix, long addresses) {
    PersistenceTable table = table(Persistence.sourceAddress(TIMEOUT).ipv4Prefix(prefix));
    int first = (int) (CLIENT & -addresses);
    table.remember(ipv4(first), 3, 4, probe);

    assertThat(table.find(ipv4((int) (first + addresses - 1)), probe))
        .isNotEqualTo(PersistenceTable.NONE);
    assertThat(table.find(ipv4((int) (first + addresses)), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.find(ipv4(first - 1), probe)).isEqualTo(PersistenceTable.NONE);
  }

  /** Bit is the number of an address bit from the left, flipped. */
  @ParameterizedTest
  @CsvSource({
    "128,127,false",
    "127,127,true",
    "127,126,false",
    "65,64,false",
    "65,65,true",
    "64,63,false",
    "64,64,true",
    "63,63,true",
    "63,62,false",
    "56,56,true",
    "1,0,false",
    "1,1,true",
    "1,127,true"
  })
  void takesAnIpv6NetworkForOneClient(int prefix, int bit, boolean same) {
    PersistenceTable table = table(Persistence.sourceAddress(TIMEOUT).ipv6Prefix(prefix));
    long high = 0x2001_0db8_0000_0001L;
    long low = 0x0123_4567_89ab_cdefL;
    table.remember(ipv6(high, low), 3, 4, probe);

    long flipped = Long.MIN_VALUE >>> (bit & 63);
    long server =
        table.find(bit < 64 ? ipv6(high ^ flipped, low) : ipv6(high, low ^ flipped), probe);

    assertThat(server != PersistenceTable.NONE).isEqualTo(same);
  }

  @Test
  void keepsTheTwoIpVersionsApart() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);

    assertThat(table.find(ipv6(0, Integer.toUnsignedLong(CLIENT)), probe))
        .isEqualTo(PersistenceTable.NONE);
  }

  @Test
  void looksAtNothingButTheSource() {
    PersistenceTable table = table();
    FlowKey flow = ipv4(CLIENT);
    table.remember(flow, 9, 1, probe);

    flow.ipv4(CLIENT, 77, 1, 2, 17);

    assertThat(PersistenceTable.slot(table.find(flow, probe))).isEqualTo(9);
  }

  @Test
  void remembersTheServerGivenLast() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);
    table.remember(ipv4(CLIENT), 2, 7, probe);

    assertThat(PersistenceTable.slot(table.find(ipv4(CLIENT), probe))).isEqualTo(2);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void letsTheFirstOfTwoLoopsDecide() {
    PersistenceTable table = table();

    long first = table.claim(ipv4(CLIENT), PersistenceTable.NONE, 1, 0, probe);
    long second = table.claim(ipv4(CLIENT), PersistenceTable.NONE, 2, 0, probe);

    assertThat(PersistenceTable.slot(first)).isEqualTo(1);
    assertThat(second).isEqualTo(first);
    assertThat(table.find(ipv4(CLIENT), probe)).isEqualTo(first);
  }

  @Test
  void letsManyThreadsAgreeOnOneServer() throws Exception {
    PersistenceTable table =
        new PersistenceTable(Persistence.sourceAddress(TIMEOUT), 100_000, nanos::get);
    try (ExecutorService loops = Executors.newFixedThreadPool(2)) {
      Future<long[]> one = loops.submit(() -> claims(table, 1));
      Future<long[]> two = loops.submit(() -> claims(table, 2));

      assertThat(one.get()).isEqualTo(two.get());
    }
    assertThat(table.size()).isEqualTo(CLAIMS);
  }

  @Test
  void replacesByClaimWhatTheClaimantHadFound() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 65_535, 65_535, probe);
    long gone = table.find(ipv4(CLIENT), probe);

    long first = table.claim(ipv4(CLIENT), gone, 1, 0, probe);
    long second = table.claim(ipv4(CLIENT), gone, 2, 0, probe);

    assertThat(PersistenceTable.slot(first)).isEqualTo(1);
    assertThat(second).isEqualTo(first);
  }

  @Test
  void forgetsOneClientOrAllThatAreMeant() {
    PersistenceTable table = table();
    table.remember(ipv4(CLIENT), 1, 0, probe);
    table.remember(ipv4(CLIENT + 1), 1, 1, probe);
    table.remember(ipv4(CLIENT + 2), 2, 1, probe);
    table.remember(ipv4(CLIENT + 3), 1, 1, probe);

    table.forget(ipv4(CLIENT + 2));
    table.forget(entry -> entry.slot() == 1 && entry.generation() == 1);

    assertThat(table.size()).isEqualTo(1);
    assertThat(table.find(ipv4(CLIENT), probe)).isNotEqualTo(PersistenceTable.NONE);
  }

  @Test
  void holdsNoMoreClientsThanItMay() {
    PersistenceTable table = table();
    for (int client = 0; client < 1000; client++) {
      table.remember(ipv4(client), 1, 0, probe);
    }

    assertThat(table.size()).isEqualTo(100);
  }

  @Test
  void keepsAClientThatComesBackThroughAFlood() {
    PersistenceTable table = table();
    for (int client = 0; client < 99; client++) {
      table.remember(ipv4(client), 1, 0, probe);
    }
    table.remember(ipv4(CLIENT), 2, 0, probe);
    // What has come once counts as much as any forged client.
    for (int visit = 0; visit < 5; visit++) {
      assertThat(table.find(ipv4(CLIENT), probe)).isEqualTo(2L << 16);
    }

    for (int forged = 0; forged < 10_000; forged++) {
      table.remember(ipv4(1000 + forged), 1, 0, probe);
      if (forged % 50 == 0) {
        assertThat(table.find(ipv4(CLIENT), probe)).as("after %d", forged).isEqualTo(2L << 16);
      }
    }
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PersistenceTable(Persistence.sourceAddress(TIMEOUT), 0, nanos::get))
        .withMessage("maximumEntries: 0 (expected: 1 or more)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table().remember(ipv4(CLIENT), 65_536, 0, probe))
        .withMessageContaining("slot: 65536");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table().remember(ipv4(CLIENT), 0, -1, probe))
        .withMessageContaining("generation: -1");
  }

  private static long[] claims(PersistenceTable table, int slot) {
    var probe = new ClientProbe();
    long[] servers = new long[CLAIMS];
    for (int client = 0; client < CLAIMS; client++) {
      FlowKey flow = ipv4(client);
      long found = table.find(flow, probe);
      servers[client] =
          found == PersistenceTable.NONE ? table.claim(flow, found, slot, 0, probe) : found;
    }
    return servers;
  }

  private PersistenceTable table() {
    return table(Persistence.sourceAddress(TIMEOUT));
  }

  private PersistenceTable table(Persistence policy) {
    return new PersistenceTable(policy, 100, nanos::get);
  }

  private static FlowKey ipv4(int source) {
    FlowKey key = new FlowKey(HashKey.PLACEMENT);
    key.ipv4(source, 1, 1024, 80, 6);
    return key;
  }

  private static FlowView ipv6(long high, long low) {
    FlowKey key = new FlowKey(HashKey.PLACEMENT);
    key.ipv6(high, low, 1, 2).transport(1024, 80, 6);
    return key;
  }
}
