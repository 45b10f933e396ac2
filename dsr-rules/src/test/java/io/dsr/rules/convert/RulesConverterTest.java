package io.dsr.rules.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.rules.RulesParser;
import io.dsr.rules.convert.RulesConverter.Conversion;
import io.dsr.rules.convert.RulesConverter.Format;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RulesConverterTest {

  @Test
  void tellsWhatIsNotCarriedOverAndWhetherItMatters() throws Exception {
    List<String> rules =
        List.of("-A -t 192.0.2.10:80 -s rr", "-a -t 192.0.2.10:80 -r 192.0.2.21 -m");

    Conversion conversion = RulesConverter.convert(Format.IPVSADM, "saved", rules);

    assertThat(conversion.rules()).isEmpty();
    assertThat(conversion.changesTraffic()).isTrue();
    assertThat(conversion.warnings())
        .anyMatch(line -> line.startsWith("saved:2: not carried over: -m (masquerading)"))
        .contains("saved:1: no service can be made from it");
  }

  @Test
  void refusesWhatIsNotOfTheFormat() {
    assertThatThrownBy(() -> RulesConverter.convert(Format.NFTLB, "x", List.of("", "{ rubbish")))
        .isInstanceOf(UnreadableException.class)
        .hasMessageMatching("2: .*\\(expected: .*\\)");
  }

  @Test
  void writesNothingThatRunRefusesWhateverTheInput() throws Exception {
    String[] pieces = {
      "virtual_server",
      "192.0.2.10",
      "80",
      "{",
      "}",
      "\n",
      "real_server",
      "192.0.2.21",
      "lvs_method",
      "DR",
      "fwmark",
      "7",
      "99999999999",
      "group",
      "weight",
      "-1",
      "protocol",
      "UDP",
      "lvs_sched",
      "rr",
      "mh",
      "persistence_timeout",
      "ops",
      "sorry_server",
      "2001:db8::1",
      "$x=1",
      "${x}",
      "!",
      "quorum",
      "\"a b\"",
      "1-5",
      "virtual_server_group",
      "uthreshold",
      "@host",
      "-f",
      "#"
    };
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 5_000; round++) {
      var text = new StringBuilder("virtual_server 192.0.2.10 80 {\nlvs_method DR\n");
      for (int piece = random.nextInt(30); piece > 0; piece--) {
        text.append(pieces[random.nextInt(pieces.length)]).append(' ');
      }
      try {
        var conversion =
            RulesConverter.convert(Format.KEEPALIVED, "x", (text + "\n}\n").lines().toList());
        assertThat(RulesParser.faults(conversion.rules()).values())
            .allMatch(fault ->
                fault.contains("without an --fwmark line, which lists what netfilter marks"));
      } catch (UnreadableException e) {
        assertThat(e).hasMessageMatching("(?s)[0-9]+: .*\\(expected: .*\\)");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", round " + round + "\n" + text, e);
      }
    }
  }
}
