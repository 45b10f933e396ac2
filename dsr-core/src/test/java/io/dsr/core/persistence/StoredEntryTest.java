package io.dsr.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Sessions that are listed, searched for, taken out and put back. */
final class StoredEntryTest {

  private final ClientProbe probe = new ClientProbe();
  private static final Persistence POLICY = Persistence.sourceAddress(Duration.ofMinutes(5));
  private static final long NANOS = POLICY.timeout().toNanos();
  private static final int CLIENT = 0x0a00_0001;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 3);

  @Test
  void listsServerAndRemainingTimeAndDoesNotTouchThem() {
    PersistenceTable table = table(POLICY, 100);
    table.remember(ipv4(CLIENT), 65_535, 65_534, probe);
    nanos.addAndGet(1000);
    table.entries(any -> true, 10);
    nanos.addAndGet(1000);

    assertThat(table.entries(any -> true, 10))
        .containsExactly(
            new StoredEntry(false, 0, CLIENT, 0, 0, 0, 0, 0, 65_535, 65_534, NANOS - 2000));
    nanos.addAndGet(NANOS - 2000);
    assertThat(table.entries(any -> true, 10)).isEmpty();
  }

  @Test
  void listsThoseThatAreMeantUpToTheLimit() {
    PersistenceTable table = table(POLICY, 100);
    for (int client = 0; client < 20; client++) {
      table.remember(ipv4(client), client % 4, 0, probe);
    }

    assertThat(table.entries(entry -> entry.slot() == 3, 100))
        .hasSize(5)
        .allMatch(entry -> entry.slot() == 3);
    assertThat(table.entries(any -> true, 7)).hasSize(7).doesNotHaveDuplicates();
    assertThat(table.entries(any -> true, 0)).isEmpty();
  }

  @Test
  void forgetsThoseThatAreMeant() {
    PersistenceTable table = table(POLICY, 100);
    for (int client = 0; client < 20; client++) {
      table.remember(ipv4(client), client % 4, 0, probe);
    }

    assertThat(table.forget(entry -> entry.sourceLow() < 10)).isEqualTo(10);

    assertThat(table.find(ipv4(9), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.find(ipv4(10), probe)).isNotEqualTo(PersistenceTable.NONE);
    assertThat(table.size()).isEqualTo(10);
  }

  @Test
  void carriesSessionsOverWithTheirRemainingTime() {
    PersistenceTable before = table(POLICY, 100);
    for (int client = 0; client < 50; client++) {
      before.remember(ipv4(client), client, 1, probe);
      nanos.addAndGet(1000);
    }
    List<StoredEntry> exported = new ArrayList<>();
    before.export(exported::add);

    PersistenceTable after = table(POLICY, 100);
    assertThat(exported).hasSize(50).allMatch(entry -> after.restore(entry));

    assertThat(after.entries(any -> true, 100)).containsExactlyInAnyOrderElementsOf(exported);
    nanos.addAndGet(NANOS - 25 * 1000L);
    assertThat(after.entries(any -> true, 100)).hasSize(24).allMatch(s -> s.sourceLow() > 25);
    assertThat(PersistenceTable.slot(after.find(ipv4(30), probe))).isEqualTo(30);
    nanos.addAndGet(NANOS - 1);
    assertThat(after.size()).isEqualTo(1);
  }

  @Test
  void carriesSessionsOfEveryPartOver() {
    Persistence policy =
        POLICY.key(
            Part.SOURCE_ADDRESS,
            Part.SOURCE_PORT,
            Part.DESTINATION_ADDRESS,
            Part.DESTINATION_PORT,
            Part.PROTOCOL);
    PersistenceTable before = table(policy, 100);
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv6(-1, -2, -3, -4).transport(65_535, 65_534, 255);
    before.remember(flow, 3, 4, probe);
    PersistenceTable after = table(policy, 100);

    before.export(entry -> assertThat(after.restore(entry)).isTrue());

    assertThat(after.find(flow, probe))
        .isEqualTo(before.find(flow, probe))
        .isNotEqualTo(PersistenceTable.NONE);
  }

  @Test
  void doesNotRestoreOverALiveClientNorWithoutTime() {
    PersistenceTable table = table(POLICY, 100);
    table.remember(ipv4(CLIENT), 1, 0, probe);

    assertThat(table.restore(stored(CLIENT, 2, NANOS))).isFalse();
    assertThat(table.restore(stored(CLIENT + 1, 2, 0))).isFalse();
    assertThat(table.restore(stored(CLIENT + 1, 2, -5))).isFalse();

    assertThat(PersistenceTable.slot(table.find(ipv4(CLIENT), probe))).isEqualTo(1);
    assertThat(table.size()).isEqualTo(1);
    nanos.addAndGet(NANOS);
    assertThat(table.restore(stored(CLIENT, 2, NANOS))).isTrue();
    assertThat(PersistenceTable.slot(table.find(ipv4(CLIENT), probe))).isEqualTo(2);
  }

  @Test
  void restoresForTheTimeoutAtMost() {
    PersistenceTable table = table(POLICY, 100);

    assertThat(table.restore(stored(CLIENT, 2, Long.MAX_VALUE))).isTrue();

    assertThat(table.entries(any -> true, 1).getFirst().remainingNanos()).isEqualTo(NANOS);
  }

  @Test
  void restoresUnderItsOwnMask() {
    PersistenceTable table = table(POLICY.ipv4Prefix(24), 100);

    assertThat(table.restore(stored(CLIENT + 5, 2, NANOS))).isTrue();

    assertThat(PersistenceTable.slot(table.find(ipv4(CLIENT), probe))).isEqualTo(2);
    assertThat(table.restore(stored(CLIENT + 6, 2, NANOS))).isFalse();
  }

  @Test
  void holdsTheBoundWhenItRestores() {
    PersistenceTable table = table(POLICY, 100);
    int restored = 0;
    for (int client = 0; client < 1000; client++) {
      restored += table.restore(stored(client, 2, NANOS)) ? 1 : 0;
    }

    assertThat(table.size()).isEqualTo(100);
    assertThat(restored).isGreaterThanOrEqualTo(100);
  }

  @Test
  void namesTheClientInWords() {
    PersistenceTable table = table(POLICY.ipv4Prefix(24).ipv6Prefix(64), 100);
    StoredEntry wide = wide(0x2001_0db8_0000_0001L, 0);

    assertThat(table.words(stored(0x0a00_0000, 1, 1))).isEqualTo("10.0.0.0/24");
    assertThat(table.client(stored(0x0a00_0000, 1, 1))).isEqualTo(IpPrefix.parse("10.0.0.0/24"));
    assertThat(table.words(wide)).isEqualTo("2001:db8:0:1::/64");
    assertThat(table.client(wide)).isEqualTo(IpPrefix.parse("2001:db8:0:1::/64"));
  }

  @Test
  void namesTheOtherPartsInWords() {
    StoredEntry entry = new StoredEntry(false, 0, CLIENT, 1024, 0, 0xc000_020aL, 443, 6, 1, 0, 1);
    StoredEntry wide = wide(0x2001_0db8_0000_0001L, 5);

    assertThat(words(entry, Part.SOURCE_ADDRESS, Part.DESTINATION_PORT))
        .isEqualTo("10.0.0.1 -> :443");
    assertThat(words(entry, Part.values())).isEqualTo("tcp 10.0.0.1:1024 -> 192.0.2.10:443");
    assertThat(words(entry, Part.PROTOCOL)).isEqualTo("tcp");
    assertThat(words(entry, Part.PROTOCOL, Part.DESTINATION_ADDRESS))
        .isEqualTo("tcp -> 192.0.2.10");
    assertThat(words(entry, Part.SOURCE_PORT)).isEqualTo(":1024");
    assertThat(words(wide, Part.SOURCE_ADDRESS, Part.SOURCE_PORT)).isEqualTo("[2001:db8:0:1::5]:0");
    assertThat(table(POLICY.key(Part.PROTOCOL), 9).client(entry))
        .isEqualTo(IpPrefix.parse("0.0.0.0/0"));
    assertThat(table(POLICY.key(Part.PROTOCOL), 9).client(wide)).isEqualTo(IpPrefix.parse("::/0"));
  }

  @Test
  void namesAnIpv6AddressWithAnIpv4OneInside() {
    PersistenceTable table = table(POLICY, 9);
    StoredEntry mapped = wide(0, 0xffff_0a00_0001L);

    assertThat(table.words(mapped)).isEqualTo("::ffff:10.0.0.1");
    assertThat(table.client(mapped)).isEqualTo(IpPrefix.parse("::/80"));
  }

  @Test
  void refusesWhatIsNoSession() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stored(1, 65_536, 1))
        .withMessage("slot: 65536 (expected: 0 to 65535)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StoredEntry(false, 0, 1L << 32, 0, 0, 0, 0, 0, 1, 0, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StoredEntry(false, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1));
    assertThat(stored(1, 2, 3).server(4, 5))
        .isEqualTo(new StoredEntry(false, 0, 1, 0, 0, 0, 0, 0, 4, 5, 3));
  }

  @Test
  void listsEveryOldClientWhileAnotherThreadAddsAndForgets() throws Exception {
    PersistenceTable table = table(POLICY, 1_000_000);
    int old = 2000;
    for (int client = 0; client < old; client++) {
      table.remember(ipv4(client), 1, 0, probe);
    }
    var over = new AtomicBoolean();
    try (ExecutorService loop = Executors.newSingleThreadExecutor()) {
      Future<?> adding = loop.submit(() -> churn(table, old, over));
      try {
        for (int listing = 0; listing < 100; listing++) {
          assertThat(table.entries(entry -> entry.sourceLow() < old, Integer.MAX_VALUE))
              .hasSize(old)
              .doesNotHaveDuplicates();
        }
        assertThat(table.forget(entry -> entry.sourceLow() < 10)).isEqualTo(10);
      } finally {
        over.set(true);
      }
      adding.get();
    }

    assertThat(table.find(ipv4(9), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.find(ipv4(10), probe)).isNotEqualTo(PersistenceTable.NONE);
  }

  private static void churn(PersistenceTable table, int from, AtomicBoolean over) {
    var probe = new ClientProbe();
    for (int step = 0; !over.get(); step++) {
      int client = from + step % 50_000;
      table.remember(ipv4(client), 2, 0, probe);
      table.find(ipv4(client % from), probe);
      if (client % 3 == 0) {
        table.forget(ipv4(client));
      }
    }
  }

  private String words(StoredEntry entry, Part... parts) {
    return table(POLICY.key(parts[0], parts), 9).words(entry);
  }

  private PersistenceTable table(Persistence policy, long most) {
    return new PersistenceTable(policy, most, nanos::get);
  }

  private static StoredEntry stored(int client, int slot, long left) {
    return new StoredEntry(false, 0, client, 0, 0, 0, 0, 0, slot, 0, left);
  }

  private static StoredEntry wide(long high, long low) {
    return new StoredEntry(true, high, low, 0, 0, 0, 0, 0, 1, 0, 1);
  }

  private static FlowView ipv4(int source) {
    FlowKey key = new FlowKey(HashKey.PLACEMENT);
    key.ipv4(source, 1, 1024, 80, 6);
    return key;
  }
}
