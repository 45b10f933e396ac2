package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SchedulerSpecTest {

  @Test
  void makesEachBuiltInSchedulerAgain() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      for (int kind = 0; kind <= 20; kind++) {
        Scheduler scheduler = random(kind, random);
        SchedulerSpec spec = scheduler.spec().orElseThrow();

        assertThat(Schedulers.of(spec)).as("%s, seed %d", spec, seed).isEqualTo(scheduler);
        assertThat(SchedulerSpec.parse(spec.toString())).as("seed %d", seed).isEqualTo(spec);
        assertThat(scheduler).as("seed %d", seed).hasToString(spec.toString());
      }
    }
  }

  @Test
  void isThereForEachNameAndBearsIt() {
    for (String name : Schedulers.names()) {
      Scheduler scheduler = Schedulers.named(name).orElseThrow();

      assertThat(scheduler.spec().map(SchedulerSpec::name)).contains(name);
      assertThat(Schedulers.of(scheduler.spec().orElseThrow())).isEqualTo(scheduler);
    }
    assertThat(EveryScheduler.all())
        .allMatch(each -> Schedulers.of(each.spec().orElseThrow()).equals(each));
  }

  @Test
  void namesFlagsAndValues() {
    var options = MaglevOptions.DEFAULT.tableSize(251).sourcePort(true);
    Scheduler scheduler = Schedulers.slowStart(Schedulers.maglev(options));

    SchedulerSpec spec = scheduler.spec().orElseThrow();

    assertThat(spec.name()).isEqualTo("mh");
    assertThat(spec.flags()).containsExactly("mh-fallback", "mh-port");
    assertThat(spec.options())
        .containsExactly(
            Map.entry("mh-fallback", ""),
            Map.entry("mh-port", ""),
            Map.entry("tableSize", "251"),
            Map.entry("slowStart", "PT1M,1.0,10%"));
    assertThat(spec).hasToString("mh -b mh-fallback,mh-port tableSize=251 slowStart=PT1M,1.0,10%");
  }

  @Test
  void isMissingWhereNoWordsSayWhatASchedulerDoes() {
    Scheduler theirs = servers -> flow -> Picker.NONE;

    assertThat(theirs.spec()).isEmpty();
    assertThat(Schedulers.slowStart(theirs).spec()).isEmpty();
    assertThat(Schedulers.slowStart(Schedulers.slowStart(Schedulers.roundRobin())).spec())
        .isEmpty();
  }

  @Test
  void saysWhichOptionsThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.of("rr").option("tableSize", 251)))
        .withMessage("scheduler option: tableSize (expected: no values for rr)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.of("mh").option("size", 251)))
        .withMessage("scheduler option: size (expected: tableSize)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.of("mh").flag("tableSize")))
        .withMessage("scheduler flag: tableSize (expected: mh-port, mh-fallback)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.of("mh").option("tableSize", "big")))
        .withMessageStartingWith("scheduler: mh tableSize=big (expected: ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.parse("wrr slowStart=60s")))
        .withMessageStartingWith("slowStart: 60s (expected: WINDOW,AGGRESSION,PERCENT%");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedulers.of(SchedulerSpec.of("best")))
        .withMessageStartingWith("scheduler: best (expected: one of rr, ");
  }

  @Test
  void refusesTextThatIsNoSpec() {
    for (String text :
        List.of("", " ", "rr ", "mh -b", "mh -b ,", "mh sh-port", "mh =1", "-s rr", "mh -b a b")) {
      assertThatIllegalArgumentException()
          .as(text)
          .isThrownBy(() -> SchedulerSpec.parse(text))
          .withMessageStartingWith("scheduler");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> SchedulerSpec.of("a b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SchedulerSpec.of("a").option("b", "c d"))
        .withMessage(
            "scheduler value of b: \"c d\" (expected: a word that can be written in a"
                + " scheduler spec)");
  }

  private static Scheduler random(int kind, Random random) {
    List<String> names = Schedulers.names();
    return switch (kind) {
      case 0 -> Schedulers.midFlow();
      case 20 ->
          Schedulers.slowStart(
              random(random.nextInt(20), random),
              new SlowStart(
                  Duration.ofMillis(1_000 + random.nextInt(3_000_000)),
                  0.01 + random.nextDouble() * 90,
                  1 + random.nextInt(100)));
      default ->
          switch (names.get(kind - 1)) {
            case "sh" ->
                Schedulers.sourceHash(
                    new SourceHashOptions(random.nextBoolean(), random.nextBoolean()));
            case "mh" -> maglev(random);
            case "hrw" -> rendezvous(random);
            case "mh-bounded" -> Schedulers.boundedLoad(maglev(random), factor(random));
            case "hrw-bounded" -> Schedulers.boundedLoad(rendezvous(random), factor(random));
            case "lblc" -> Schedulers.localityLeastConnections(locality(random));
            case "lblcr" -> Schedulers.replicatedLocality(locality(random));
            default -> Schedulers.named(names.get(kind - 1)).orElseThrow();
          };
    };
  }

  private static Scheduler maglev(Random random) {
    List<Integer> sizes = MaglevOptions.TABLE_SIZES;
    return Schedulers.maglev(
        new MaglevOptions(
            sizes.get(random.nextInt(sizes.size())), random.nextBoolean(), random.nextBoolean()));
  }

  private static Scheduler rendezvous(Random random) {
    return Schedulers.rendezvous(new RendezvousOptions(random.nextBoolean()));
  }

  private static double factor(Random random) {
    return random.nextBoolean() ? BoundedLoad.DEFAULT_FACTOR : 1.001 + random.nextDouble() * 90;
  }

  private static LocalityOptions locality(Random random) {
    return new LocalityOptions(
        random.nextBoolean() ? 16_384 : 8 + random.nextInt(10_000),
        random.nextBoolean()
            ? Duration.ofHours(24)
            : Duration.ofMillis(1_000 + random.nextInt(1 << 30)));
  }
}
