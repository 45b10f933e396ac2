package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SchedulersTest {

  private static final long SEED = 0x5eed_0004L;

  @Test
  void knowsEachNameAndPrintsIt() {
    assertThat(Schedulers.names())
        .containsExactly(
            "rr",
            "wrr",
            "lc",
            "wlc",
            "lblc",
            "lblcr",
            "dh",
            "sh",
            "sed",
            "nq",
            "fo",
            "ovf",
            "mh",
            "twos",
            "swrr",
            "random",
            "hrw",
            "mh-bounded",
            "hrw-bounded");
    for (String name : Schedulers.names()) {
      assertThat(Schedulers.named(name).orElseThrow().toString().split(" ", -1)[0]).isEqualTo(name);
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
  void takesFlagsAsIpvsadmDoes() {
    for (String text :
        List.of(
            "sh",
            "sh -b sh-port",
            "mh -b mh-fallback,mh-port",
            "mh-bounded -b mh-port",
            "hrw -b hrw-port",
            "hrw-bounded -b hrw-port",
            "dh",
            "ovf")) {
      String[] words = text.split(" -b ", -1);
      List<String> flags = words.length == 1 ? List.of() : List.of(words[1].split(",", -1));
      assertThat(Schedulers.named(words[0], flags)).hasToString(text);
    }
  }

  @Test
  void saysWhichNamesAndFlagsThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.named("wlcr", List.of()))
        .withMessage(
            "scheduler: wlcr (expected: one of %s)", String.join(", ", Schedulers.names()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.named("sh", List.of("mh-port")))
        .withMessage("scheduler flag: mh-port (expected: sh-port, sh-fallback)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.named("wrr", List.of("port")))
        .withMessage("scheduler flag: port (expected: no flags for wrr)");
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
    assertThat(Schedulers.boundedLoad(Schedulers.maglev(mh.tableSize(251)), 2))
        .hasToString("mh-bounded -b mh-fallback tableSize=251 factor=2.0");
    assertThat(Schedulers.localityLeastConnections(LocalityOptions.DEFAULT.destinations(64)))
        .hasToString("lblc destinations=64");
    assertThat(
            Schedulers.replicatedLocality(LocalityOptions.DEFAULT.expiration(Duration.ofHours(1))))
        .hasToString("lblcr expiration=PT1H");
    assertThat(Schedulers.slowStart(Schedulers.weightedRoundRobin()))
        .hasToString("wrr slowStart=PT1M,1.0,10%");
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
    assertThat(EveryScheduler.all()).doesNotHaveDuplicates().isEqualTo(EveryScheduler.all());
  }

  @Test
  void isConsistentWhereTheFlowAloneDecides() {
    assertThat(List.of(Schedulers.sourceHash(), Schedulers.maglev(), Schedulers.midFlow()))
        .allMatch(Scheduler::isConsistent);
    assertThat(
            Stream.of("rr", "wrr", "lc", "wlc").map(name -> Schedulers.named(name).orElseThrow()))
        .noneMatch(Scheduler::isConsistent);
    assertThat(Schedulers.names().stream().map(name -> Schedulers.named(name).orElseThrow()))
        .filteredOn(Scheduler::isConsistent)
        .extracting(Scheduler::toString)
        .containsExactly("dh", "sh -b sh-fallback", "fo", "mh -b mh-fallback", "hrw");
  }

  @Test
  void placesMiddlesOfFlowsByTheConsistentSchedulerWithin() {
    assertThat(Schedulers.maglev().midFlow()).contains(Schedulers.maglev());
    assertThat(Schedulers.boundedLoad(Schedulers.rendezvous()).midFlow())
        .contains(Schedulers.rendezvous());
    assertThat(Schedulers.slowStart(Schedulers.maglev()).midFlow()).contains(Schedulers.maglev());
    assertThat(Schedulers.slowStart(Schedulers.roundRobin()).midFlow()).isEmpty();
    assertThat(Schedulers.weightedLeastConnections().midFlow()).isEmpty();
  }

  @Test
  void checksOptions() {
    var locality = LocalityOptions.DEFAULT;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> locality.destinations(7))
        .withMessage("destinations: 7 (expected: 8 to 1048576)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> locality.expiration(Duration.ZERO))
        .withMessage("expiration: PT0S (expected: PT1S to PT8760H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.boundedLoad(Schedulers.roundRobin()))
        .withMessage("scheduler: rr (expected: mh or hrw)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.boundedLoad(Schedulers.maglev(), 1))
        .withMessage("factor: 1.0 (expected: above 1, at most 100)");
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
      for (Scheduler scheduler : EveryScheduler.all()) {
        checkPicks(scheduler, servers, "%s, seed %d, run %d".formatted(scheduler, SEED, run));
      }
    }
  }

  private static void checkPicks(Scheduler scheduler, TestServers servers, String what) {
    Picker picker = scheduler.newPicker(servers);
    boolean refuses =
        Stream.of("mh tableSize", "sh,", "sh slowStart", "ovf").anyMatch(what::startsWith);
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
}
