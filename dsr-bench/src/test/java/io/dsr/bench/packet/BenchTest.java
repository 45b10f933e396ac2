package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class BenchTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return Bench.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        arguments);
  }

  @Test
  void endsWithTwoAfterAWrongWord() {
    assertThat(run("--fast")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("dsr bench: --fast: not an option (see --help)\n");
    assertThat(out.size()).isZero();
  }

  @Test
  void namesEveryContenderInItsHelp() {
    assertThat(run("--help")).isZero();
    for (Contender contender : Contender.values()) {
      assertThat(out.toString(StandardCharsets.UTF_8)).contains(contender.toString());
    }
  }
}
