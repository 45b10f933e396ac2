package io.dsr.rules;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RulesParserFuzzTest {

  @Test
  void takesRandomBytesForFaultsOnly() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      String text = (round % 2 == 0 ? "-A -t " : "") + new String(bytes, ISO_8859_1);
      try {
        assertThat(RulesParser.parse("x", text.lines().toList()).services()).isEmpty();
      } catch (RulesException expected) {
        assertThat(expected.faults()).allMatch(fault -> fault.matches("(?s)x:[0-9]+: .+"));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  @Test
  void findsAFaultInAnyRubbishAndNeverFailsOtherwise() {
    String[] words = {
      "-A",
      "-a",
      "-f",
      "-6",
      "--fwmark",
      "--set",
      "--any",
      "--protocol",
      "--pin",
      "--limit",
      "--timeout",
      "--allow",
      "--table-size",
      "--sorry-server",
      "80-90,443",
      "/28:*",
      "10.0.0.0/8=192.0.2.21,refuse",
      "new=1/2,ban=1h,prefix=0/64",
      "http",
      "9999999999999999d",
      "-t",
      "-u",
      "-s",
      "rr",
      "sh",
      "-p",
      "-M",
      "24",
      "-b",
      "sh-port",
      "-r",
      "-g",
      "-w",
      "1",
      "192.0.2.10:80",
      "192.0.2.21",
      "[::1]:80",
      "[",
      "]:",
      ":",
      "::",
      "-",
      "--",
      "--x=",
      "=",
      "#",
      "\0",
      "é",
      "-1",
      "99999999999",
      "1.2.3",
      "255.255.255.255",
      "0.0.0.0",
      "fe80::1%eth0"
    };
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 50_000; round++) {
      var line = new StringBuilder();
      for (int word = random.nextInt(10); word >= 0; word--) {
        line.append(words[random.nextInt(words.length)]).append(random.nextInt(9) == 0 ? "" : " ");
      }
      try {
        assertThat(RulesParser.parse("x", List.of(line.toString())).services()).hasSizeLessThan(2);
      } catch (RulesException expected) {
        assertThat(expected).hasMessageStartingWith("x:1: ");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", line \"" + line + "\"", e);
      }
    }
  }
}
