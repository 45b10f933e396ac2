package io.dsr.bench.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class CountersTest {

  private static final Counters EARLIER =
      Counters.parse(
          "time=1000 sent=10 forgiven=0 late=0 delivered=10 bytes=600 stray=1 other=2 answered=3"
              + " reordered=0 servers=0:6,1:4, latency=40:10,\n");
  private static final Counters LATER =
      Counters.parse(
          "time=3000 sent=210 forgiven=0 late=0 delivered=110 bytes=6600 stray=1 other=2 answered=3"
              + " reordered=5 servers=0:66,1:40,3:4, latency=40:60,64:50,\n");

  @Test
  void tellsWhatCameInBetween() {
    Counters between = LATER.since(EARLIER);

    assertThat(between.nanos()).isEqualTo(2000);
    assertThat(between.sent()).isEqualTo(200);
    assertThat(between.delivered()).isEqualTo(100);
    assertThat(between.stray()).isZero();
    assertThat(between.reordered()).isEqualTo(5);
    assertThat(between.servers()).containsEntry(0, 60L).containsEntry(1, 36L).containsEntry(3, 4L);
  }

  @Test
  void countsAsLostWhatDidNotCome() {
    assertThat(LATER.since(EARLIER).loss()).isEqualTo(0.5);
    assertThat(EARLIER.since(EARLIER).loss()).isZero();
  }

  @Test
  void countsServersWithoutFramesInTheMeanOfTheSpread() {
    assertThat(LATER.since(EARLIER).spread(4)).isCloseTo(60 / 25.0, within(1e-9));
    assertThat(EARLIER.since(EARLIER).spread(4)).isNaN();
  }

  @Test
  void takesNothingElseForCounters() {
    assertThatIllegalArgumentException().isThrownBy(() -> Counters.parse("ended"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Counters.parse("time=1 sent=2"))
        .withMessageContaining("delivered");
  }
}
