package io.dsr.core.flow;

import static io.dsr.core.flow.TcpState.ACK;
import static io.dsr.core.flow.TcpState.FIN;
import static io.dsr.core.flow.TcpState.RST;
import static io.dsr.core.flow.TcpState.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CloseDetectionTest {

  private static final HashKey KEY = new HashKey(1, 2);
  private static final int SLOT = 3;
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final ServerCounters counters = new ServerCounters(4);
  private final FlowTracker table = new FlowTracker(false, 16, KEY, counters, 0);
  private final FlowKey flow = new FlowKey(KEY);
  private long clock;
  private int record;

  CloseDetectionTest() {
    table.closeDetection(CloseDetection.DEFAULT);
    flow.ipv4(1, 2, 3, 4, 6);
  }

  @Test
  void aRefusedConnectionCountsNoLongerThanAClientWouldWaitToAskAgain() {
    open();

    wait(1_000);
    assertThat(active()).isOne();
    wait(1_000);

    assertThat(active()).isZero();
    assertThat(counters.inactive(SLOT)).isOne();
    assertThat(table.state(record)).isEqualTo(TcpState.SYN_RECEIVED);
  }

  @Test
  void aClientThatAsksAgainCountsForTwiceAsLong() {
    open();
    wait(1_000);
    table.segment(record, SYN, 101, 0, 1);

    wait(2_500);
    assertThat(active()).isOne();
    wait(1_000);

    assertThat(active()).isZero();
  }

  @Test
  void aConnectionThatWasGivenUpCountsAgainWhenItComesBack() {
    open();
    wait(3_000);
    assertThat(active()).isZero();

    table.segment(record, ACK, 101, 501, 0);

    assertThat(active()).isOne();
    assertThat(counters.inactive(SLOT)).isZero();
  }

  @Test
  void aResetInAnswerToTheServersSynEndsTheLoadThoughNotTheState() {
    open();

    table.segment(record, RST, 101, 0, 0);

    assertThat(active()).isZero();
    assertThat(table.state(record)).isEqualTo(TcpState.SYN_RECEIVED);
  }

  @Test
  void dataThatIsSentAgainThreeTimesEndsTheLoad() {
    establish();
    table.segment(record, ACK, 201, 501, 100);
    table.segment(record, ACK, 201, 501, 100);
    table.segment(record, ACK, 201, 501, 100);
    assertThat(active()).isOne();
    table.segment(record, ACK, 201, 501, 100);

    assertThat(active()).isZero();
    assertThat(table.resent(record)).isEqualTo(3);
    assertThat(table.state(record)).isEqualTo(TcpState.ESTABLISHED);
  }

  @Test
  void anAcknowledgementThatMovesOnMakesAStalledConnectionLoadAgain() {
    establish();
    for (int i = 0; i < 5; i++) {
      table.segment(record, ACK, 201, 501, 100);
    }
    assertThat(active()).isZero();

    table.segment(record, ACK, 201, 601, 0);

    assertThat(active()).isOne();
    assertThat(table.resent(record)).isZero();
  }

  @Test
  void aClientThatStopsSendingAgainIsTakenForGone() {
    establish();
    table.segment(record, ACK, 201, 501, 100);
    table.segment(record, ACK, 201, 501, 100);

    wait(5_000);
    assertThat(active()).isOne();
    wait(2_000);

    assertThat(active()).isZero();
  }

  @Test
  void acknowledgementsWithoutDataAreNoRepetition() {
    establish();
    for (int i = 0; i < 5; i++) {
      table.segment(record, ACK, 101, 501, 0);
    }

    assertThat(table.resent(record)).isZero();
    assertThat(active()).isOne();
  }

  @Test
  void aHalfClosedConnectionIsLoadWhileTheServerSends() {
    establish();
    table.segment(record, FIN | ACK, 102, 501, 1);
    assertThat(active()).isZero();

    table.segment(record, ACK, 102, 2001, 0);
    assertThat(active()).isOne();
    wait(2_000);
    table.segment(record, ACK, 102, 4001, 0);
    wait(2_000);
    assertThat(active()).isOne();
    wait(2_000);

    assertThat(active()).isZero();
    assertThat(table.state(record)).isEqualTo(TcpState.FIN_WAIT);
  }

  @Test
  void theAcknowledgementOfTheServersFinIsNoLoad() {
    establish();
    table.segment(record, FIN | ACK, 102, 501, 1);

    table.segment(record, ACK, 102, 502, 0);

    assertThat(active()).isZero();
  }

  @Test
  void aSilentConnectionIsRememberedButNoLoad() {
    establish();

    wait(59_000);
    assertThat(active()).isOne();
    wait(2_000);
    assertThat(active()).isZero();
    wait(800_000);

    assertThat(table.size()).isOne();
    wait(60_000);
    assertThat(table.size()).isZero();
    assertThat(counters.inactive(SLOT)).isZero();
  }

  @Test
  void withoutItCountsFollowTheStatesAlone() {
    var plain = new FlowTracker(false, 16, KEY, counters, 0);
    int other = plain.insert(flow, SLOT, 0);
    plain.segment(other, SYN, 101, 0, 1);
    for (int second = 0; second < 59; second++) {
      plain.time(second * SECOND);
      plain.expire();
    }

    assertThat(active()).isOne();
  }

  private void open() {
    record = table.insert(flow, SLOT, 0);
    table.segment(record, SYN, 101, 0, 1);
  }

  private void establish() {
    open();
    table.segment(record, ACK, 101, 501, 0);
  }

  private void wait(int milliseconds) {
    for (int passed = 0; passed < milliseconds; passed += 50) {
      clock += Duration.ofMillis(50).toNanos();
      table.time(clock);
      table.expire();
    }
  }

  private int active() {
    return counters.active(SLOT);
  }
}
