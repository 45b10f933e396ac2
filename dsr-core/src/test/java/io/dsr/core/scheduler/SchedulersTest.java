package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SchedulersTest {

  private static final long SEED = 0x5eed_0004L;

  @Test
  void knowsEachNameAndPrintsIt() {
    assertThat(Schedulers.names()).containsExactly("rr", "wrr", "lc", "wlc", "sh", "mh");
    for (String name : Schedulers.names()) {
      assertThat(Schedulers.named(name).orElseThrow().toString()).startsWith(name);
    }
  }

  @Test
  void knowsNoOtherName() {
    assertThat(Schedulers.named("RR")).isEmpty();
    assertThat(Schedulers.named("")).isEmpty();
    assertThat(Schedulers.named("mid-flow")).isEmpty();
  }

  @Test
  void namesTheFactoriesDefaults() {
    assertThat(Schedulers.named("sh")).contains(Schedulers.sourceHash());
    assertThat(Schedulers.named("mh")).contains(Schedulers.maglev());
    assertThat(Schedulers.named("wlc")).contains(Schedulers.weightedLeastConnections());
  }

  @Test
  void printsWhatIpvsadmWould() {
    var sh = SourceHashOptions.DEFAULT;
    var mh = MaglevOptions.DEFAULT;

    assertThat(Schedulers.sourceHash()).hasToString("sh -b sh-fallback");
    assertThat(Schedulers.sourceHash(sh.fallback(false))).hasToString("sh");
    assertThat(Schedulers.sourceHash(sh.sourcePort(true))).hasToString("sh -b sh-fallback,sh-port");
    assertThat(Schedulers.maglev()).hasToString("mh -b mh-fallback");
    assertThat(Schedulers.maglev(mh.sourcePort(true).fallback(false))).hasToString("mh -b mh-port");
    assertThat(Schedulers.maglev(mh.tableSize(251).fallback(false)))
        .hasToString("mh tableSize=251");
    assertThat(Schedulers.midFlow()).hasToString("mid-flow");
  }

  @Test
  void comparesByMeaning() {
    var mh = MaglevOptions.DEFAULT;

    assertThat(Schedulers.maglev(new MaglevOptions(65_537, false, true)))
        .isEqualTo(Schedulers.maglev())
        .hasSameHashCodeAs(Schedulers.maglev());
    assertThat(Schedulers.sourceHash(new SourceHashOptions(false, true)))
        .isEqualTo(Schedulers.sourceHash());
    assertThat(
            Stream.of(
                Schedulers.roundRobin(),
                Schedulers.weightedRoundRobin(),
                Schedulers.leastConnections(),
                Schedulers.weightedLeastConnections(),
                Schedulers.sourceHash(),
                Schedulers.sourceHash(new SourceHashOptions(true, true)),
                Schedulers.maglev(),
                Schedulers.maglev(mh.tableSize(251)),
                Schedulers.maglev(mh.sourcePort(true)),
                Schedulers.maglev(mh.fallback(false)),
                Schedulers.midFlow()))
        .doesNotHaveDuplicates();
  }

  @Test
  void isConsistentWhereTheFlowAloneDecides() {
    assertThat(List.of(Schedulers.sourceHash(), Schedulers.maglev(), Schedulers.midFlow()))
        .allMatch(Scheduler::isConsistent);
    assertThat(
            Stream.of("rr", "wrr", "lc", "wlc").map(name -> Schedulers.named(name).orElseThrow()))
        .noneMatch(Scheduler::isConsistent);
  }

  @Test
  void permitsPrimesOnlyAsTableSizes() {
    assertThat(MaglevOptions.TABLE_SIZES)
        .isSorted()
        .allMatch(size -> BigInteger.valueOf(size).isProbablePrime(40));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaglevOptions.DEFAULT.tableSize(65_536))
        .withMessageStartingWith("tableSize: 65536 (expected: one of [251, 509,");
  }

  @Test
  @SuppressWarnings("NullAway")
  void refusesNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> Schedulers.maglev(null))
        .withMessage("options");
    assertThatNullPointerException().isThrownBy(() -> Schedulers.named(null)).withMessage("name");
  }

  @Test
  void neverPicksAServerThatMayTakeNoFlow() {
    var random = new Random(SEED);
    for (int run = 0; run < 150; run++) {
      int[] weights = random.ints(random.nextInt(9), 0, 4).toArray();
      var servers = TestServers.weights(weights);
      int[] slots = random.ints(0, 100_000).distinct().limit(weights.length).toArray();
      servers.slots(slots);
      for (int at = 0; at < weights.length; at++) {
        servers.load(at, random.nextInt(9), random.nextInt(9));
        if (random.nextInt(3) == 0) {
          servers.down(at);
        }
      }
      for (Scheduler scheduler : everyOne()) {
        checkPicks(scheduler, servers, "%s, seed %d, run %d".formatted(scheduler, SEED, run));
      }
    }
  }

  private static void checkPicks(Scheduler scheduler, TestServers servers, String what) {
    Picker picker = scheduler.newPicker(servers);
    boolean refuses = scheduler.toString().startsWith("mh tableSize") || what.startsWith("sh,");
    boolean any = Candidates.available(servers).size() > 0;
    for (int slot : Flows.picks(picker, 60)) {
      if (slot != Picker.NONE) {
        assertThat(servers.positionOf(slot)).as(what).isNotNegative();
        assertThat(servers.weight(servers.positionOf(slot))).as(what).isPositive();
      } else if (!refuses) {
        assertThat(any).as(what).isFalse();
      }
    }
  }

  private static List<Scheduler> everyOne() {
    var mh = MaglevOptions.DEFAULT.tableSize(251);
    return List.of(
        Schedulers.roundRobin(),
        Schedulers.weightedRoundRobin(),
        Schedulers.leastConnections(),
        Schedulers.weightedLeastConnections(),
        Schedulers.sourceHash(),
        Schedulers.sourceHash(new SourceHashOptions(false, false)),
        Schedulers.maglev(mh),
        Schedulers.maglev(mh.fallback(false)),
        Schedulers.midFlow());
  }
}
