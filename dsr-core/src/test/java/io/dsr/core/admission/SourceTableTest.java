package io.dsr.core.admission;

import static io.dsr.core.admission.SourceTable.ADMITTED;
import static io.dsr.core.admission.SourceTable.BANNED;
import static io.dsr.core.admission.SourceTable.OVER_CONNECTIONS;
import static io.dsr.core.admission.SourceTable.OVER_RATE;
import static io.dsr.core.admission.Sources.KEY;
import static io.dsr.core.admission.Sources.SECOND;
import static io.dsr.core.admission.Sources.START;
import static io.dsr.core.admission.Sources.ipv4;
import static io.dsr.core.admission.Sources.ipv6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.FlowView;
import io.dsr.core.SourceLimits;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SourceTableTest {

  private static final SourceLimits NONE = SourceLimits.perAddress();
  private static final SourceLimits RATE = NONE.newPerSecond(100, 20);
  private static final SourceLimits THREE = NONE.connections(3);
  private static final Duration BAN = Duration.ofSeconds(30);

  @Test
  void limitsNothingAndTracksNobodyWithoutLimits() {
    SourceTable table = table(NONE, 10);
    for (int flow = 0; flow < 1000; flow++) {
      assertThat(table.admit(ipv4(flow), START)).isEqualTo(ADMITTED);
      assertThat(table.reset(ipv4(flow), START)).isEqualTo(ADMITTED);
      table.opened(ipv4(flow));
    }

    assertThat(table.size()).isZero();
    assertThat(table.untracked()).isZero();
  }

  /** Offered is how many flows a second come, of which 100 may. */
  @Test
  void admitsABurstAndThenTheRateForAMinute() {
    for (int offered : new int[] {100, 150, 1000, 99_991}) {
      SourceTable table = table(RATE, 10);
      long last = 60L * offered;
      int admitted = 0;
      for (long flow = 0; flow <= last; flow++) {
        int verdict = table.admit(ipv4(1), START + flow * 60 * SECOND / last);
        assertThat(verdict).isIn(ADMITTED, OVER_RATE);
        admitted += verdict == ADMITTED ? 1 : 0;
      }

      // At the very end of the minute the token of its first instant has come again.
      int most = offered == 100 ? 6001 : 6020;
      assertThat(admitted).as("%d a second", offered).isEqualTo(most);
    }
  }

  @Test
  void fillsABucketAgainInAQuietTime() {
    SourceTable table = table(RATE, 10);
    assertThat(admitted(table, ipv4(1), START, 50)).isEqualTo(20);
    assertThat(admitted(table, ipv4(1), START + SECOND / 10, 50)).isEqualTo(10);
    assertThat(admitted(table, ipv4(1), START + 3 * SECOND, 50)).isEqualTo(20);
  }

  @Test
  void keepsTheBucketsOfSourcesApart() {
    SourceTable table = table(RATE, 10);

    assertThat(admitted(table, ipv4(1), START, 50)).isEqualTo(20);
    assertThat(admitted(table, ipv4(2), START, 50)).isEqualTo(20);
    assertThat(admitted(table, ipv6(0, 1), START, 50)).isEqualTo(20);
    assertThat(admitted(table, ipv6(0, 2), START, 50)).as("of the same /64").isZero();
    assertThat(admitted(table, ipv6(1, 1), START, 50)).isEqualTo(20);
    assertThat(table.size()).isEqualTo(4);
  }

  @Test
  void admitsAsManyResetsAsItMayASecond() {
    SourceTable table = table(NONE.resetsPerSecond(5), 10);
    int admitted = 0;
    for (int reset = 0; reset <= 1000; reset++) {
      admitted += table.reset(ipv4(1), START + reset * SECOND / 100) == ADMITTED ? 1 : 0;
    }

    assertThat(admitted).isEqualTo(5 + 10 * 5);
    assertThat(admitted(table, ipv4(1), START + 10 * SECOND, 100)).isEqualTo(100);
  }

  @Test
  void letsASourceHaveAsManyFlowsAsItMay() {
    SourceTable table = table(THREE, 10);
    open(table, 1, 3);

    assertThat(table.admit(ipv4(1), START)).isEqualTo(OVER_CONNECTIONS);
    assertThat(table.admit(ipv4(2), START)).isEqualTo(ADMITTED);

    table.closed(false, 0, 1);
    assertThat(table.admit(ipv4(1), START)).isEqualTo(ADMITTED);
    assertThat(table.connections(ipv4(1))).isEqualTo(2);
  }

  @Test
  void countsNoFlowBeforeItIsOpened() {
    SourceTable table = table(THREE, 10);

    assertThat(admitted(table, ipv4(1), START, 100)).isEqualTo(100);
    assertThat(table.size()).isZero();
  }

  @Test
  void takesNoTokenForAFlowThatIsRefusedForItsConnections() {
    SourceTable table = table(RATE.connections(1), 10);
    open(table, 1, 1);
    assertThat(table.admit(ipv4(1), START)).isEqualTo(OVER_CONNECTIONS);
    table.closed(false, 0, 1);

    assertThat(admitted(table, ipv4(1), START, 50)).isEqualTo(20);
  }

  @Test
  void neverCountsBelowNothing() {
    SourceTable table = table(THREE, 10);
    table.closed(false, 0, 1);
    open(table, 1, 1);
    table.closed(false, 0, 1);
    table.closed(false, 0, 1);

    assertThat(table.connections(ipv4(1))).isZero();
    open(table, 1, 3);
    assertThat(table.admit(ipv4(1), START)).isEqualTo(OVER_CONNECTIONS);
  }

  @Test
  void bansASourceThatGoesOverItsRateUntilTheBanEnds() {
    SourceTable table = table(RATE.ban(BAN), 10);
    assertThat(admitted(table, ipv4(1), START, 20)).isEqualTo(20);
    assertThat(table.isBanned(ipv4(1), START)).isFalse();

    assertThat(table.admit(ipv4(1), START)).isEqualTo(OVER_RATE);

    assertThat(table.admit(ipv4(1), START)).isEqualTo(BANNED);
    assertThat(table.reset(ipv4(1), START)).isEqualTo(BANNED);
    assertThat(table.isBanned(ipv4(2), START)).isFalse();
    assertThat(table.isBanned(ipv4(1), START + BAN.toNanos() - 1)).isTrue();
    assertThat(table.admit(ipv4(1), START + BAN.toNanos() - 1)).isEqualTo(BANNED);
    assertThat(table.isBanned(ipv4(1), START + BAN.toNanos())).isFalse();
    assertThat(admitted(table, ipv4(1), START + BAN.toNanos(), 20)).isEqualTo(20);
  }

  @Test
  void bansForEachOfTheLimits() {
    SourceTable table = table(THREE.resetsPerSecond(1).ban(BAN), 10);
    open(table, 1, 3);
    assertThat(table.admit(ipv4(1), START)).isEqualTo(OVER_CONNECTIONS);
    assertThat(table.reset(ipv4(2), START)).isEqualTo(ADMITTED);
    assertThat(table.reset(ipv4(2), START)).isEqualTo(OVER_RATE);

    assertThat(table.isBanned(ipv4(1), START)).isTrue();
    assertThat(table.isBanned(ipv4(2), START)).isTrue();
    assertThat(bans(table, START + 10 * SECOND))
        .containsExactlyInAnyOrder(
            "ipv4 0:1/32 20000000000 DROP_SOURCE_CONNECTIONS",
            "ipv4 0:2/32 20000000000 DROP_SOURCE_RESETS");
  }

  @Test
  void bansNobodyWithoutABan() {
    SourceTable table = table(RATE, 10);
    assertThat(admitted(table, ipv4(1), START, 50)).isEqualTo(20);

    assertThat(table.isBanned(ipv4(1), START)).isFalse();
    assertThat(bans(table, START)).isEmpty();
  }

  @Test
  void showsAndPardonsBansByPrefix() {
    SourceTable table = table(RATE.prefixes(24, 60).ban(BAN), 10);
    admitted(table, ipv4(0xc633_6411), START, 21);
    admitted(table, ipv6(0x2001_0db8_0000_001fL, 5), START, 21);

    assertThat(bans(table, START))
        .containsExactlyInAnyOrder(
            "ipv4 0:c6336400/24 30000000000 DROP_SOURCE_RATE",
            "ipv6 20010db800000010:0/60 30000000000 DROP_SOURCE_RATE");
    assertThat(table.unban(false, 0, 0xc633_64ffL, START)).isTrue();
    assertThat(table.unban(false, 0, 0xc633_64ffL, START)).isFalse();
    assertThat(table.unban(false, 0, 77, START)).isFalse();
    assertThat(table.isBanned(ipv4(0xc633_6411), START)).isFalse();
    assertThat(bans(table, START))
        .containsExactly("ipv6 20010db800000010:0/60 30000000000 DROP_SOURCE_RATE");
    assertThat(table.unban(true, 0x2001_0db8_0000_0010L, 9, START + BAN.toNanos())).isFalse();
  }

  @Test
  void givesTheEntriesOfIdleSourcesToOthers() {
    SourceTable table = table(RATE, 64);
    for (int source = 0; source < 10_000; source++) {
      // One token is back after 10 ms.
      assertThat(table.admit(ipv4(source), START + source * SECOND / 100 / 64)).isZero();
    }

    assertThat(table.size()).isEqualTo(64);
    assertThat(table.untracked()).isZero();
  }

  /** A source that comes back finds what it left: full buckets. */
  @Test
  void decidesTheSameWithRoomForAllOrForThoseThatAreNotIdle() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    SourceTable large = table(RATE.newPerSecond(50, 3).resetsPerSecond(20), 5000);
    SourceTable small = table(RATE.newPerSecond(50, 3).resetsPerSecond(20), 400);
    long now = START;
    int over = 0;
    for (int round = 0; round < 200_000; round++) {
      now += random.nextLong(SECOND / 1000);
      FlowKey flow = ipv4(random.nextInt(random.nextBoolean() ? 5 : 5000));
      int expected = random.nextBoolean() ? large.admit(flow, now) : ~large.reset(flow, now);
      int actual = expected < 0 ? ~small.reset(flow, now) : small.admit(flow, now);

      assertThat(actual).as("seed %d, round %d", seed, round).isEqualTo(expected);
      over += expected == OVER_RATE || expected == ~OVER_RATE ? 1 : 0;
    }

    assertThat(over).as("seed %d", seed).isBetween(1000, 150_000);
    assertThat(large.size()).isEqualTo(5000);
    assertThat(small.untracked()).as("seed %d", seed).isZero();
  }

  @Test
  void keepsTheEntryOfABannedSourceThroughAFlood() {
    SourceTable table = table(RATE.ban(BAN), 64);
    admitted(table, ipv4(-1), START, 21);
    for (int source = 0; source < 10_000; source++) {
      table.admit(ipv4(source), START + source * SECOND / 1000);
      assertThat(table.isBanned(ipv4(-1), START + source * SECOND / 1000)).isTrue();
    }

    assertThat(table.untracked()).isZero();
  }

  @Test
  void doesNotLimitSourcesThatDoNotFit() {
    SourceTable table = table(RATE.connections(3), 100);
    for (int source = 0; source < 100; source++) {
      open(table, source, 3);
    }

    assertThat(admitted(table, ipv4(1000), START + 60 * SECOND, 500)).isEqualTo(500);
    assertThat(table.untracked()).isEqualTo(500);
    table.opened(ipv4(1000));
    assertThat(table.untracked()).isEqualTo(501);
    table.closed(false, 0, 1000);
    for (int source = 0; source < 100; source++) {
      assertThat(table.admit(ipv4(source), START + 60 * SECOND)).isEqualTo(OVER_CONNECTIONS);
    }
  }

  /** Its turn comes, however many entries are in use before the idle one. */
  @Test
  void findsTheOneIdleEntryOfMany() {
    SourceTable table = table(THREE, 1000);
    for (int source = 0; source < 1000; source++) {
      open(table, source, 1);
    }
    table.closed(false, 0, 777);
    int calls = 0;
    while (table.connections(ipv4(5000)) == 0) {
      table.opened(ipv4(5000));
      calls++;
    }

    assertThat(calls).isEqualTo(777 / SourceTable.ENTRIES_A_CALL + 1);
    assertThat(table.size()).isEqualTo(1000);
  }

  @Test
  void takesAnEarlierReadingForNoProgress() {
    SourceTable table = table(RATE.ban(BAN), 10);
    admitted(table, ipv4(1), START + BAN.toNanos(), 21);

    assertThat(table.isBanned(ipv4(1), START)).isTrue();
    assertThat(table.admit(ipv4(2), START - SECOND)).isEqualTo(ADMITTED);
  }

  @Test
  void saysHowMuchItTakes() {
    assertThat(SourceTable.bytes(1000)).isEqualTo(54_000);
    assertThat(table(NONE, 1000).bytes()).isEqualTo(SourceTable.bytes(1000));
    assertThat(table(NONE, 1000).capacity()).isEqualTo(1000);
    assertThatIllegalArgumentException().isThrownBy(() -> table(NONE, 0));
  }

  private static SourceTable table(SourceLimits limits, int capacity) {
    return new SourceTable(limits, capacity, KEY, START);
  }

  private static void open(SourceTable table, int source, int flows) {
    FlowKey flow = ipv4(source);
    for (int opened = 0; opened < flows; opened++) {
      table.opened(flow);
    }
  }

  private static int admitted(SourceTable table, FlowView flow, long now, int flows) {
    int admitted = 0;
    for (int offered = 0; offered < flows; offered++) {
      admitted += table.admit(flow, now) == ADMITTED ? 1 : 0;
    }
    return admitted;
  }

  private static List<String> bans(SourceTable table, long now) {
    List<String> bans = new ArrayList<>();
    table.forEachBan(
        now,
        (six, high, low, length, nanos, reason) ->
            bans.add(
                "%s %x:%x/%d %d %s"
                    .formatted(six ? "ipv6" : "ipv4", high, low, length, nanos, reason)));
    return bans;
  }
}
