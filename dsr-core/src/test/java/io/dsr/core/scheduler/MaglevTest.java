package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MaglevTest {

  private static final int CLIENTS = 20_000;
  private static final MaglevOptions SMALL = MaglevOptions.DEFAULT.tableSize(1_021);
  private static final Scheduler BY_ADDRESS = Schedulers.maglev(SMALL);
  private static final Scheduler REFUSING = Schedulers.maglev(SMALL.fallback(false));
  private static final Scheduler BY_PORT = Schedulers.maglev(SMALL.sourcePort(true));

  @Test
  void looksTheSourceHashUpInTheTable() {
    var servers = TestServers.weights(2, 1, 3);
    char[] table = MaglevTable.of(servers, Candidates.available(servers), 1_021);
    var picker = BY_ADDRESS.newPicker(servers);

    for (int client = 0; client < 500; client++) {
      var flow = Flows.of(client, 1);
      // The part of the way from 0 to 2^32 that the hash's high half has gone.
      int entry = (int) Math.floor((flow.sourceHash() >>> 32) / 0x1p32 * 1_021);
      assertThat(picker.pick(flow)).isEqualTo(table[entry]);
    }
  }

  @Test
  void keepsAClientOnItsServerWhateverThePort() {
    var picker = BY_ADDRESS.newPicker(TestServers.count(5));

    for (int client = 0; client < 200; client++) {
      assertThat(picker.pick(Flows.of(client, 1))).isEqualTo(picker.pick(Flows.of(client, 2)));
    }
  }

  @Test
  void spreadsOneClientByPortIfTold() {
    var picker = BY_PORT.newPicker(TestServers.count(5));

    int[] picks = IntStream.range(0, 200).map(port -> picker.pick(Flows.of(1, port))).toArray();

    assertThat(IntStream.of(picks).distinct().count()).isEqualTo(5);
  }

  @Test
  void spreadsClientsByWeight() {
    int[] shares = Flows.shares(BY_ADDRESS.newPicker(TestServers.weights(5, 0, 3, 2)), CLIENTS, 4);

    assertThat(shares[0]).isBetween(9_600, 10_400);
    assertThat(shares[1]).isZero();
    assertThat(shares[2]).isBetween(5_600, 6_400);
    assertThat(shares[3]).isBetween(3_600, 4_400);
  }

  @Test
  void agreesWithABalancerOfOtherSlotsByAddress() {
    var ours = TestServers.weights(1, 2, 3, 4);
    var theirs = TestServers.weights(1, 2, 3, 4).slots(90_000, 2, 17, 0);

    int[] here = Flows.picks(BY_ADDRESS.newPicker(ours), 2_000);
    int[] there = Flows.picks(BY_ADDRESS.newPicker(theirs), 2_000);

    assertThat(IntStream.of(there).map(theirs::positionOf).toArray()).isEqualTo(here);
  }

  @Test
  void spreadsClientsOfAServerThatIsDownAndMovesFewOthersWithFallback() {
    int[] before = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(5)), CLIENTS);
    int[] after = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(5).down(2)), CLIENTS);

    assertThat(after).doesNotContain(2, Picker.NONE);
    long others =
        IntStream.range(0, CLIENTS).filter(c -> before[c] != 2 && before[c] != after[c]).count();
    assertThat(others).isLessThan(CLIENTS / 50);
    int[] heirs =
        IntStream.range(0, CLIENTS).filter(c -> before[c] == 2).map(c -> after[c]).toArray();
    for (int heir : new int[] {0, 1, 3, 4}) {
      assertThat(IntStream.of(heirs).filter(slot -> slot == heir).count())
          .isBetween(heirs.length / 6L, heirs.length / 3L);
    }
  }

  @Test
  void isTheTableWithoutTheServerThatIsDownWithFallback() {
    int[] down = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(5).down(2)), 2_000);
    int[] gone = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(5).without(2)), 2_000);

    assertThat(down).isEqualTo(gone);
  }

  @Test
  void refusesClientsOfAServerThatIsDownAndMovesNobodyWithoutFallback() {
    int[] before = Flows.picks(REFUSING.newPicker(TestServers.count(5)), CLIENTS);
    int[] after = Flows.picks(REFUSING.newPicker(TestServers.count(5).down(2)), CLIENTS);

    assertThat(after)
        .isEqualTo(IntStream.of(before).map(slot -> slot == 2 ? Picker.NONE : slot).toArray());
  }

  @Test
  void picksNoneWhereNoServerMayTakeAFlow() {
    for (Scheduler scheduler : new Scheduler[] {BY_ADDRESS, REFUSING, Schedulers.midFlow()}) {
      assertThat(Flows.picks(scheduler.newPicker(TestServers.count(2).down(0).down(1)), 9))
          .containsOnly(Picker.NONE);
      assertThat(Flows.picks(scheduler.newPicker(TestServers.count(0)), 9))
          .containsOnly(Picker.NONE);
    }
  }

  @Test
  void placesMidFlowsByTheWholeTuple() {
    var servers = TestServers.count(4);
    char[] table = MaglevTable.of(servers, Candidates.available(servers), 509);
    var picker = Schedulers.midFlow().newPicker(servers);

    for (int port = 0; port < 500; port++) {
      var flow = Flows.of(1, port);
      int entry = (int) Math.floor((flow.tupleHash() >>> 32) / 0x1p32 * 509);
      assertThat(picker.pick(flow)).isEqualTo(table[entry]);
    }
  }

  @Test
  void sizesTheMidFlowTableByAllServers() {
    assertThat(MidFlow.tableSize(0)).isEqualTo(251);
    assertThat(MidFlow.tableSize(2)).isEqualTo(251);
    assertThat(MidFlow.tableSize(3)).isEqualTo(509);
    assertThat(MidFlow.tableSize(655)).isEqualTo(65_521);
    assertThat(MidFlow.tableSize(656)).isEqualTo(131_071);
    assertThat(MidFlow.tableSize(6_553)).isEqualTo(655_373);
    assertThat(MidFlow.tableSize(60_000_000)).isEqualTo(655_373);
  }

  @Test
  void movesFewMidFlowsWhenTheTableWouldHaveShrunk() {
    // Three servers have 509 entries; the two that are left would have 251.
    var picker = Schedulers.midFlow();
    int[] before = tuples(picker.newPicker(TestServers.count(3)));
    int[] after = tuples(picker.newPicker(TestServers.count(3).down(1)));

    long others =
        IntStream.range(0, before.length)
            .filter(flow -> before[flow] != 1 && before[flow] != after[flow])
            .count();
    assertThat(others).isLessThan(before.length / 50);
  }

  private static int[] tuples(Picker picker) {
    return IntStream.range(0, 5_000).map(port -> picker.pick(Flows.of(1, port))).toArray();
  }
}
