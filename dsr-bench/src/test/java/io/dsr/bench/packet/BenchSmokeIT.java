package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The only test that runs the contenders: that each delivers and spreads, not how fast it is. */
final class BenchSmokeIT {

  private static final boolean REQUIRED = Boolean.getBoolean("dsr.test.required");

  @Test
  void letsEveryContenderDeliverToEveryServer() {
    if (!REQUIRED) {
      Optional<String> whyNot = Privileges.whyNot();
      assumeTrue(whyNot.isEmpty(), whyNot.orElse(""));
    }

    String output = output("--smoke");

    for (Contender contender : Contender.values()) {
      assertThat(output).containsPattern("(?m)^" + contender + ": (\\d+ frames|skipped)");
      if (REQUIRED) {
        assertThat(output).doesNotContain(contender + ": skipped");
      }
    }
  }

  private static String output(String... arguments) {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    int status = Bench.run(out, out, arguments);
    String output = bytes.toString(StandardCharsets.UTF_8);
    assertThat(status).as("%s: %s", Arrays.toString(arguments), output).isZero();
    return output;
  }
}
