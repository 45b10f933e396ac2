package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {

  @Test
  void takesEveryContenderThreeTimesForASecond() throws Exception {
    Options options = Options.parse();

    assertThat(options.contenders).containsExactly(Contender.values());
    assertThat(options.runs).isEqualTo(3);
    assertThat(options.seconds).isEqualTo(1);
    assertThat(options.flows).isGreaterThanOrEqualTo(4096);
    assertThat(options.json).isFalse();
    assertThat(options.scenarios).containsExactly(Scenario.values());
  }

  @Test
  void takesTheContendersThatAreNamedInTheOrderOfTheTables() throws Exception {
    Options options = Options.parse("dsr", "--seconds", "5", "xdp", "--runs", "7", "xdp");

    assertThat(options.contenders).containsExactly(Contender.XDP, Contender.DSR);
    assertThat(options.seconds).isEqualTo(5);
    assertThat(options.runs).isEqualTo(7);
  }

  @Test
  void readsTheOtherOptions() throws Exception {
    Options options =
        Options.parse(
            "--json",
            "--ipv6",
            "--servers",
            "1000",
            "--flows",
            "65536",
            "--window",
            "1024",
            "--scheduler",
            "rr",
            "--rounds",
            "5",
            "--ring",
            "1024",
            "--loops",
            "2",
            "--slice",
            "700",
            "--lock",
            "/run/x",
            "--smoke");

    assertThat(options.json).isTrue();
    assertThat(options.smoke).isTrue();
    assertThat(options.smallFrame()).isEqualTo(80);
    assertThat(options.servers).isEqualTo(1000);
    assertThat(options.flows).isEqualTo(65_536);
    assertThat(options.window).isEqualTo(1024);
    assertThat(options.scheduler).isEqualTo("rr");
    assertThat(options.rounds).isEqualTo(5);
    assertThat(options.ring).isEqualTo(1024);
    assertThat(options.loops).isEqualTo(2);
    assertThat(options.slice).isEqualTo(700);
    assertThat(options.lock).contains(Path.of("/run/x"));
  }

  @Test
  void measuresOnlyTheScenariosThatAreNamed() throws Exception {
    Options options = Options.parse("--only", "paced-1000", "--only", "paced-10", "dsr");

    assertThat(options.scenarios).containsExactly(Scenario.PACED_10, Scenario.PACED_1000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--seconds 0",
        "--seconds 61",
        "--seconds two",
        "--seconds",
        "--runs 0",
        "--rounds 26",
        "--servers 1001",
        "--flows 4095",
        "--flows 131072",
        "--ring 8",
        "--slice 99",
        "--slice 100001",
        "--scheduler best",
        "--only fast",
        "--only one-cpu-small dsr",
        "--only idle --smoke",
        "--only",
        "--fast",
        "ipvs"
      })
  void saysWhichWordIsWrong(String line) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Options.parse(line.split(" ", -1)))
        .withMessageContaining(line.split(" ", -1)[0]);
  }
}
