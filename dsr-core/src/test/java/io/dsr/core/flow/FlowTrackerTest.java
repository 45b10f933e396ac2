package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dsr.core.FlowTimeouts;
import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FlowTrackerTest {

  private static final int FIN = 1;
  private static final int SYN = 2;
  private static final int RST = 4;
  private static final int PSH = 8;
  private static final int ACK = 16;

  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SLOT = 3;
  private static final long SECOND = 1_000_000_000L;
  private static final long RESOLUTION = SECOND / 8;
  private static final long HALF_A_WRAP = 1L << (31 + FlowTracker.TICK_BITS);
  private static final HashKey KEY = new HashKey(3, 4);

  private final ServerCounters counters = new ServerCounters(65_536);
  private final FlowKey key = new FlowKey(HashKey.PLACEMENT);

  @Test
  void knowsAFlowOnlyAfterItsInsertion() {
    FlowTracker table = table(4);

    assertThat(table.find(flow(1, TCP))).isEqualTo(FlowTracker.MISSING);
    int record = table.insert(flow(1, TCP), SLOT, 7);

    assertThat(table.find(flow(1, TCP))).isEqualTo(record);
    assertThat(table.find(flow(2, TCP))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.find(flow(1, UDP))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void knowsAnIpv6FlowByEveryWordOfItsKey() {
    FlowTracker table = new FlowTracker(true, 4, KEY, counters, 0);
    int record = table.insert(ipv6(1, 2, 3, 4, 5), SLOT, 0);

    assertThat(table.find(ipv6(1, 2, 3, 4, 5))).isEqualTo(record);
    assertThat(table.find(ipv6(0, 2, 3, 4, 5))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.find(ipv6(1, 0, 3, 4, 5))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.find(ipv6(1, 2, 0, 4, 5))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.find(ipv6(1, 2, 3, 0, 5))).isEqualTo(FlowTracker.MISSING);
    assertThat(table.find(ipv6(1, 2, 3, 4, 0))).isEqualTo(FlowTracker.MISSING);
  }

  @Test
  void givesTheKeyBackAtItsExtremes() {
    FlowTracker table = table(2);
    key.ipv4(0xffff_fffe, 0x8000_0001, 65_535, 65_534, 255);
    int record = table.insert(key, SLOT, 0);
    table.upstream(record, 65_535);
    table.segment(record, RST | PSH, -1, -1, 0);
    FlowKey into = ipv6(9, 9, 9, 9, 9);

    table.key(record, into);

    assertThat(into.isIpv6()).isFalse();
    assertThat(into.sourceLow()).isEqualTo(0xffff_fffeL);
    assertThat(into.destinationLow()).isEqualTo(0x8000_0001L);
    assertThat(into.sourcePort()).isEqualTo(65_535);
    assertThat(into.destinationPort()).isEqualTo(65_534);
    assertThat(into.protocol()).isEqualTo(255);
  }

  @ParameterizedTest
  @CsvSource({"0,0,0", "65535,0,0", "0,65535,0", "0,0,65535", "65535,65535,65535", "1,2,3"})
  void keepsServerAndUpstreamApart(int slot, int generation, int upstream) {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), slot, generation);
    table.segment(record, SYN, -1, 0, 0);

    table.upstream(record, upstream);
    table.segment(record, ACK, -1, -1, 0);

    assertThat(table.slot(record)).isEqualTo(slot);
    assertThat(table.generation(record)).isEqualTo(generation);
    assertThat(table.upstream(record)).isEqualTo(upstream);
    assertThat(table.state(record)).isEqualTo(TcpState.ESTABLISHED);
    assertThat(table.find(flow(1, TCP))).isEqualTo(record);
  }

  @Test
  void followsAConnectionAndCountsIt() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), SLOT, 0);
    assertCounted(0, 1);

    table.segment(record, SYN, 1, 0, 0);
    assertThat(table.state(record)).isEqualTo(TcpState.SYN_RECEIVED);
    assertCounted(1, 0);
    table.segment(record, ACK | PSH, 1, 1, 0);
    assertThat(table.isActive(record)).isTrue();
    table.segment(record, FIN | ACK, 2, 1, 0);
    assertThat(table.state(record)).isEqualTo(TcpState.FIN_WAIT);
    assertCounted(0, 1);
    table.segment(record, SYN, 9, 0, 0);
    assertCounted(1, 0);
    table.remove(record, CloseReason.REMOVED);

    assertCounted(0, 0);
    assertThat(counters.connections(SLOT)).isEqualTo(1);
    assertThat(table.inUse(record)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(TcpState.class)
  void forgetsEachStateAtItsTimeout(TcpState state) {
    for (long begin = 0; begin < RESOLUTION; begin += RESOLUTION / 7) {
      FlowTracker table = table(2);
      table.time(begin);
      table.insert(flow(1, TCP), SLOT, 0, state);
      table.insert(flow(2, TCP), SLOT, 0, state);

      long end = begin + state.timeoutSeconds() * SECOND;
      settle(table, end);
      assertThat(table.find(flow(1, TCP))).isNotNegative();
      assertThat(table.size()).isEqualTo(2);
      settle(table, end + RESOLUTION);

      assertThat(table.size()).isZero();
      assertThat(table.find(flow(2, TCP))).isEqualTo(FlowTracker.MISSING);
      assertCounted(0, 0);
    }
  }

  @Test
  void forgetsADatagramFlowThreeHundredSecondsAfterItsLastFrame() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, UDP), SLOT, 0);
    assertCounted(1, 0);

    settle(table, 299 * SECOND);
    table.datagram(record);
    settle(table, 599 * SECOND);
    assertThat(table.find(flow(1, UDP))).isEqualTo(record);
    assertThat(table.state(record)).isEqualTo(TcpState.NONE);
    settle(table, 599 * SECOND + RESOLUTION);

    assertThat(table.size()).isZero();
    assertCounted(0, 0);
  }

  @Test
  void forgetsOnTheSpotWhatItFindsTooLate() {
    FlowTracker table = table(1000);
    for (int client = 0; client < 1000; client++) {
      table.insert(flow(client, TCP), SLOT, 0);
    }

    table.time(10 * SECOND);
    assertThat(table.expire()).isFalse();
    assertThat(table.size()).isEqualTo(1000 - FlowTracker.RECORDS_A_CALL);
    int before = table.size();
    for (int client = 0; client < 1000; client++) {
      assertThat(table.find(flow(client, TCP))).isEqualTo(FlowTracker.MISSING);
    }

    assertThat(before).isPositive();
    assertThat(table.size()).isZero();
    assertCounted(0, 0);
  }

  @Test
  void bringsANearerDeadlineForward() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), SLOT, 0, TcpState.ESTABLISHED);

    table.segment(record, RST, 0, 0, 0);
    settle(table, 10 * SECOND + RESOLUTION);

    assertThat(table.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 70, 100_000})
  void holdsATimeoutOfThirtyOneDays(int capacity) {
    var times = new FlowTimes(SLOT + 1);
    times.assign(SLOT, FlowTimeouts.DEFAULT.established(Duration.ofDays(31)));
    FlowTracker table = new FlowTracker(false, capacity, KEY, counters, 0, times);
    table.insert(flow(1, TCP), SLOT, 0, TcpState.ESTABLISHED);
    long end = Duration.ofDays(31).toNanos();
    for (long day = 1; day <= 31; day++) {
      settle(table, Duration.ofDays(day).toNanos());
    }

    assertThat(table.size()).isEqualTo(1);
    settle(table, end + RESOLUTION);

    assertThat(table.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {HALF_A_WRAP, 2 * HALF_A_WRAP, 3 * HALF_A_WRAP, 10 * HALF_A_WRAP})
  void goesOnWhereTicksWrapRound(long wrap) {
    FlowTracker table = new FlowTracker(false, 4, KEY, counters, Long.MAX_VALUE - 5);
    long start = Long.MAX_VALUE - 5 + wrap - SECOND;
    settle(table, start);
    table.insert(flow(1, TCP), SLOT, 0);
    table.insert(flow(2, TCP), SLOT, 0, TcpState.ESTABLISHED);

    settle(table, start + 2 * SECOND);
    assertThat(table.size()).isEqualTo(2);
    settle(table, start + 2 * SECOND + RESOLUTION);
    assertThat(table.size()).isEqualTo(1);
    settle(table, start + 900 * SECOND);
    assertThat(table.find(flow(2, TCP))).isNotNegative();
    settle(table, start + 900 * SECOND + RESOLUTION);

    assertThat(table.size()).isZero();
  }

  @Test
  void takesAnOlderTimeAsNoProgress() {
    FlowTracker table = table(2);
    table.time(100 * SECOND);
    table.insert(flow(1, TCP), SLOT, 0);

    table.time(0);
    table.time(-5 * SECOND);

    settle(table, 102 * SECOND);
    assertThat(table.size()).isEqualTo(1);
    settle(table, 102 * SECOND + RESOLUTION);
    assertThat(table.size()).isZero();
  }

  @Test
  void saysHowLongAFlowWillBeRemembered() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), SLOT, 0, TcpState.ESTABLISHED);

    assertThat(table.remainingNanos(record)).isBetween(900 * SECOND, 900 * SECOND + RESOLUTION);
    table.time(800 * SECOND);

    assertThat(table.remainingNanos(record)).isBetween(100 * SECOND, 100 * SECOND + RESOLUTION);
  }

  @Test
  void takesNoMoreFlowsThanItCanHold() {
    FlowTracker table = table(3);
    for (int client = 0; client < 3; client++) {
      assertThat(table.insert(flow(client, TCP), SLOT, 0)).isNotNegative();
    }

    assertThat(table.insert(flow(3, TCP), SLOT, 0)).isEqualTo(FlowTracker.FULL);
    assertThat(counters.connections(SLOT)).isEqualTo(3);
    assertThat(table.find(flow(3, TCP))).isEqualTo(FlowTracker.MISSING);
    table.remove(table.find(flow(1, TCP)), CloseReason.REMOVED);

    assertThat(table.insert(flow(3, TCP), SLOT, 0)).isNotNegative();
    assertThat(table.size()).isEqualTo(3);
  }

  @Test
  void makesRoomOfWhatIsDueBeforeItSaysFull() {
    int capacity = 2 * FlowTracker.RECORDS_A_CALL;
    FlowTracker table = table(capacity);
    for (int client = 0; client < capacity; client++) {
      table.insert(flow(client, TCP), SLOT, 0);
    }
    table.time(10 * SECOND);

    for (int client = 0; client < capacity; client++) {
      assertThat(table.insert(flow(capacity + client, TCP), SLOT, 0)).isNotNegative();
    }

    assertThat(table.insert(flow(-1, TCP), SLOT, 0)).isEqualTo(FlowTracker.FULL);
    assertCounted(0, capacity);
  }

  @Test
  void movesNumbersOnlyForward() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), SLOT, 0);
    assertThat(table.hasAcknowledgement(record)).isFalse();

    table.segment(record, SYN, 0x7fff_fff0, 0x1234, 0);
    assertThat(table.hasAcknowledgement(record)).isFalse();
    assertThat(table.sequenceEnd(record)).isEqualTo(0x7fff_fff0);
    table.segment(record, ACK, 0x7fff_fff0, -16, 0);
    assertNumbers(table, record, 0x7fff_fff0, -16);
    table.segment(record, ACK, 0x8000_0010, 16, 0);
    assertNumbers(table, record, 0x8000_0010, 16);
    table.segment(record, ACK, 0x7fff_ffff, -1, 0);
    assertNumbers(table, record, 0x8000_0010, 16);
    table.segment(record, PSH, 0x8000_0020, 99, 0);
    assertNumbers(table, record, 0x8000_0020, 16);
  }

  @Test
  void takesAFirstNumberWhateverItIs() {
    for (int number : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      FlowTracker table = table(2);
      int record = table.insert(flow(1, TCP), SLOT, 0);

      table.segment(record, ACK, number, ~number, 0);

      assertThat(table.hasAcknowledgement(record)).isTrue();
      assertNumbers(table, record, number, ~number);
    }
  }

  @Test
  void beginsTheNumbersAnewWithASynOnAClosedFlow() {
    FlowTracker table = table(2);
    int record = table.insert(flow(1, TCP), SLOT, 0);
    table.segment(record, SYN, 5000, 0, 0);
    table.segment(record, ACK, 5000, 7000, 0);
    table.segment(record, SYN, 100, 0, 0);
    assertNumbers(table, record, 5000, 7000);
    table.segment(record, FIN | ACK, 5001, 7000, 0);

    table.segment(record, SYN, 100, 0, 0);

    assertThat(table.hasAcknowledgement(record)).isFalse();
    assertThat(table.sequenceEnd(record)).isEqualTo(100);
  }

  @Test
  void givesAReusedRecordNothingOfItsFormerFlow() {
    FlowTracker table = table(1);
    int record = table.insert(flow(1, TCP), 9, 9);
    table.segment(record, ACK, 5000, 7000, 0);
    table.upstream(record, 12);
    table.remove(record, CloseReason.REMOVED);

    assertThat(table.insert(flow(2, TCP), SLOT, 0)).isEqualTo(record);

    assertThat(table.hasAcknowledgement(record)).isFalse();
    assertNumbers(table, record, 0, 0);
    assertThat(table.upstream(record)).isZero();
    assertThat(table.slot(record)).isEqualTo(SLOT);
    assertThat(table.generation(record)).isZero();
    assertThat(table.state(record)).isEqualTo(TcpState.NONE);
  }

  @Test
  void refusesWhatIsOutOfRange() {
    FlowTracker table = table(2);
    assertThatIllegalArgumentException().isThrownBy(() -> table(0));
    assertThatIllegalArgumentException().isThrownBy(() -> table((1 << 28) + 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table.insert(flow(1, TCP), 65_536, 0))
        .withMessage("slot: 65536 (expected: 0 to 65535)");
    assertThatIllegalArgumentException().isThrownBy(() -> table.insert(flow(1, TCP), 0, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> table.insert(ipv6(1, 1, 1, 1, 1), 0, 0));
    assertThatIllegalStateException().isThrownBy(() -> table.remove(0, CloseReason.REMOVED));
  }

  private void assertCounted(int active, int inactive) {
    assertThat(counters.active(SLOT)).as("active").isEqualTo(active);
    assertThat(counters.inactive(SLOT)).as("inactive").isEqualTo(inactive);
  }

  private static void assertNumbers(FlowTracker table, int record, int end, int ack) {
    assertThat(table.sequenceEnd(record)).as("sequence end").isEqualTo(end);
    assertThat(table.acknowledgement(record)).as("acknowledgement").isEqualTo(ack);
  }

  private static void settle(FlowTracker table, long nanos) {
    table.time(nanos);
    for (int calls = 0; !table.expire(); calls++) {
      assertThat(calls).isLessThan(10_000);
    }
  }

  private FlowTracker table(int capacity) {
    return new FlowTracker(false, capacity, KEY, counters, 0);
  }

  private FlowKey flow(int client, int protocol) {
    key.ipv4(client, 0xc000_0201, 1024, 80, protocol);
    return key;
  }

  private FlowKey ipv6(long a, long b, long c, long d, int port) {
    key.ipv6(a, b, c, d).transport(port, 80, TCP);
    return key;
  }
}
