package io.dsr.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.lab.Host.Counters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SavingsTest {

  @Test
  void countsEachAnswerTwiceForAProxy() {
    var savings = new Savings(new Counters(10, 500, 10, 500), new Counters(10, 500, 40, 4500));

    assertThat(savings.carried()).isEqualTo(1000);
    assertThat(savings.carriedByProxy()).isEqualTo(10_000);
    assertThat(savings.percent()).isEqualTo(90.0);
    assertThat(savings.lines()).anyMatch(line -> line.startsWith("saved: 90.0 %"));
  }

  @Test
  void savesNothingOfNothing() {
    assertThat(new Savings(Counters.NONE, Counters.NONE).percent()).isZero();
  }

  @Test
  void drawsABarForEachServer() {
    assertThat(Spread.lines(List.of("server1", "server2"), Map.of("server1", 3L, "server2", 1L)))
        .containsExactly(
            "server1         3  75.0 % " + "#".repeat(30), "server2         1  25.0 % ##########");
  }

  @Test
  void namesServersWithoutRequestsToo() {
    assertThat(Spread.lines(List.of("server1"), Map.of()))
        .containsExactly("server1         0   0.0 %");
  }
}
