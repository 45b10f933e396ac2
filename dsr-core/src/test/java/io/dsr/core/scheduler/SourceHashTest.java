package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.flow.FlowKey;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SourceHashTest {

  private static final int CLIENTS = 4_000;
  private static final Scheduler BY_ADDRESS = Schedulers.sourceHash();
  private static final Scheduler REFUSING =
      Schedulers.sourceHash(SourceHashOptions.DEFAULT.fallback(false));
  private static final Scheduler BY_PORT =
      Schedulers.sourceHash(SourceHashOptions.DEFAULT.sourcePort(true));

  @Test
  void keepsAClientOnItsServerWhateverThePort() {
    var picker = BY_ADDRESS.newPicker(TestServers.count(5));

    for (int client = 0; client < 200; client++) {
      int first = picker.pick(Flows.of(client, 1));
      assertThat(picker.pick(Flows.of(client, 50_000))).isEqualTo(first);
    }
  }

  @Test
  void spreadsOneClientByPortIfTold() {
    var picker = BY_PORT.newPicker(TestServers.count(5));

    int[] picks = IntStream.range(0, 200).map(port -> picker.pick(Flows.of(1, port))).toArray();

    assertThat(IntStream.of(picks).distinct().count()).isEqualTo(5);
    assertThat(picker.pick(Flows.of(1, 17))).isEqualTo(picks[17]);
  }

  @Test
  void dealsBucketsInTheOrderOfServersByWeight() {
    // One round of 3 + 1 + 2 shares; 256 = 42 rounds and 4 buckets.
    assertThat(buckets(TestServers.weights(30, 10, 20)))
        .startsWith(0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 2, 2)
        .endsWith(0, 0, 0, 1);
  }

  @Test
  void keepsTheRatioOfWeightsThatDoNotFitTheTable() {
    // One bucket each, and of the other 253 those of 3001, 2000 and 1 in 5002.
    assertThat(owned(buckets(TestServers.weights(3_001, 2_000, 1)), 3))
        .containsExactly(152, 102, 2);
  }

  @Test
  void growsTheTableForMoreThan256Servers() {
    var picker = BY_ADDRESS.newPicker(TestServers.count(257));

    assertThat(Arrays.stream(Flows.shares(picker, 30_000, 257)).min().orElseThrow()).isPositive();
  }

  @Test
  void leavesOutServersOfConfiguredWeightZero() {
    assertThat(owned(buckets(TestServers.weights(1, 0, 1)), 3)).containsExactly(128, 0, 128);
  }

  @Test
  void refusesClientsOfAServerThatIsDownAndMovesNobodyWithoutFallback() {
    int[] before = Flows.picks(REFUSING.newPicker(TestServers.count(4)), CLIENTS);
    int[] after = Flows.picks(REFUSING.newPicker(TestServers.count(4).down(2)), CLIENTS);

    assertThat(after)
        .isEqualTo(IntStream.of(before).map(slot -> slot == 2 ? Picker.NONE : slot).toArray());
  }

  @Test
  void movesOnlyClientsOfAServerThatIsDownToAllOthersWithFallback() {
    int[] before = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(16)), CLIENTS);
    int[] after = Flows.picks(BY_ADDRESS.newPicker(TestServers.count(16).down(2)), CLIENTS);

    int[] moved = IntStream.range(0, CLIENTS).filter(c -> before[c] != after[c]).toArray();
    assertThat(after).doesNotContain(2, Picker.NONE);
    assertThat(IntStream.of(moved).map(client -> before[client]).toArray()).containsOnly(2);
    assertThat(IntStream.of(moved).map(client -> after[client]).distinct().count()).isEqualTo(15);
  }

  @Test
  void findsTheOnlyServerLeftForEveryClient() {
    var servers = TestServers.count(256);
    IntStream.range(0, 256).filter(at -> at != 77).forEach(servers::down);

    assertThat(Flows.picks(BY_ADDRESS.newPicker(servers), CLIENTS)).containsOnly(77);
  }

  @Test
  void picksNoneWhereNoServerMayTakeAFlow() {
    assertThat(Flows.picks(BY_ADDRESS.newPicker(TestServers.count(3).down(0).down(1).down(2)), 9))
        .containsOnly(Picker.NONE);
    assertThat(Flows.picks(REFUSING.newPicker(TestServers.count(0)), 9)).containsOnly(Picker.NONE);
  }

  @Test
  void agreesWithABalancerOfOtherSlotsByAddress() {
    var ours = TestServers.weights(1, 2, 3, 4).down(1);
    var theirs = TestServers.weights(1, 2, 3, 4).down(1).slots(90_000, 2, 17, 0);

    int[] here = Flows.picks(BY_ADDRESS.newPicker(ours), CLIENTS);
    int[] there = Flows.picks(BY_ADDRESS.newPicker(theirs), CLIENTS);

    assertThat(IntStream.of(there).map(theirs::positionOf).toArray()).isEqualTo(here);
  }

  @Test
  void takesIpv6Clients() {
    var picker = BY_ADDRESS.newPicker(TestServers.addresses("2001:db8::1", "2001:db8::2"));
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    int[] owned = new int[2];
    for (int client = 0; client < 1_000; client++) {
      flow.ipv6(0x2001_0db8_0000_0000L, client, 0x2001_0db8_0000_0000L, 10).transport(9, 80, 6);
      owned[picker.pick(flow)]++;
    }

    assertThat(owned[0]).isBetween(400, 600);
  }

  /** The slot of every bucket, found by clients until each has had one. */
  private static int[] buckets(TestServers servers) {
    var picker = BY_ADDRESS.newPicker(servers);
    int[] buckets = new int[256];
    Arrays.fill(buckets, Picker.NONE);
    for (int client = 0; client < 10_000; client++) {
      FlowView flow = Flows.of(client, 1);
      buckets[(int) flow.sourceHash() & 255] = picker.pick(flow);
    }
    return buckets;
  }

  private static int[] owned(int[] buckets, int slots) {
    int[] owned = new int[slots];
    IntStream.of(buckets).forEach(slot -> owned[slot]++);
    return owned;
  }
}
