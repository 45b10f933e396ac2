package io.dsr.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.Admission;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SlowStart;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RulesWriterTest {

  @Test
  void writesAServiceAsIpvsadmSavesIt() {
    var service =
        VirtualService.tcp("192.0.2.10", 80)
            .scheduler(Schedulers.weightedRoundRobin())
            .realServer("192.0.2.21", 3);

    assertThat(RulesWriter.write(service))
        .containsExactly("-A -t 192.0.2.10:80 -s wrr", "-a -t 192.0.2.10:80 -r 192.0.2.21 -g -w 3");
  }

  @Test
  void writesTheDefenceInALineOfItsOwn() {
    assertThat(RulesWriter.write(new Rules(List.of(), Optional.of(Admission.DEFAULT))))
        .containsExactly(
            "--defence flows-per-source=0,prefix=32/64,new-flows=125000,pressure=90,"
                + "bogus-flags=drop");
  }

  @Test
  void writesWhatIsReadAgainAsEqual() throws Exception {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 5_000; round++) {
      Rules rules = new RandomRules(random).next();
      List<String> lines = RulesWriter.write(rules);
      try {
        assertThat(RulesParser.parse("x", lines, Names.of(List.of(), List.of()))).isEqualTo(rules);
      } catch (RulesException | AssertionError e) {
        String all = String.join("\n", lines);
        throw new AssertionError("seed " + seed + ", round " + round + "\n" + all, e);
      }
    }
  }

  @Test
  void refusesASchedulerThatRulesHaveNoNameFor() {
    var service = VirtualService.udp("192.0.2.10", 53).scheduler(servers -> flow -> 0);

    assertThatThrownBy(() -> RulesWriter.write(service))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("scheduler: ")
        .hasMessageEndingWith("(expected: one that rules can name)");
  }

  @Test
  void writesEverySchedulerThatHasAName() throws Exception {
    for (String name : Schedulers.names()) {
      var service =
          VirtualService.udp("192.0.2.10", 53).scheduler(Schedulers.named(name).orElseThrow());
      assertThat(RulesParser.parse("x", RulesWriter.write(service)).services())
          .containsExactly(service);
    }
  }

  @Test
  void writesASlowStart() throws Exception {
    String line = "-A -t 192.0.2.10:80 -s mh -b mh-fallback --slow-start 90,2.5,20";
    VirtualService service = RulesParser.parse("x", List.of(line)).services().getFirst();

    assertThat(service.scheduler())
        .contains(
            Schedulers.slowStart(
                Schedulers.maglev(), new SlowStart(Duration.ofSeconds(90), 2.5, 20)));
    assertThat(RulesWriter.write(service)).containsExactly(line);
    assertThat(RulesParser.faults(List.of("-A -t 192.0.2.10:80 --slow-start 2h")).get(1))
        .contains("2h")
        .contains("3600");
  }
}
