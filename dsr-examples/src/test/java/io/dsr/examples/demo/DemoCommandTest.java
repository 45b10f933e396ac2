package io.dsr.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.scheduler.Schedulers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class DemoCommandTest {

  private final StringWriter errors = new StringWriter();

  @ParameterizedTest
  @CsvSource({
    "--servers=0, --servers: 0 (expected: 1 to 16)",
    "--servers=17, --servers: 17 (expected: 1 to 16)",
    "--seconds=0, --seconds: 0 (expected: 1 to 3600)"
  })
  void refusesNumbersOutOfRange(String argument, String message) {
    assertThat(run(argument)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString()).contains(message);
  }

  @Test
  void refusesAnUnknownSchedulerAndNamesTheKnown() {
    assertThat(run("--scheduler=best")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString())
        .contains("--scheduler: \"best\" (expected: one of ")
        .contains(String.join(", ", new TreeSet<>(SchedulerNames.ALL.keySet())));
  }

  @Test
  void knowsTheSchedulersOfIpvs() {
    assertThat(SchedulerNames.ALL)
        .containsKeys("rr", "wrr", "lc", "wlc", "sh", "mh", "dh", "sed", "nq", "fo", "ovf")
        .containsKeys("lblc", "lblcr", "twos");
    assertThat(SchedulerNames.ALL.get("sh")).isEqualTo(Schedulers.sourceHash());
  }

  private int run(String argument) {
    return new CommandLine(new DemoCommand())
        .setErr(new PrintWriter(errors, true))
        .execute(argument);
  }
}
