package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.HashKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamMacsTest {

  private static final HashKey KEY = new HashKey(1, 2);
  private static final long ROUTER = 0x0200_0000_0001L;
  private static final long OTHER = 0xfe00_0000_0002L;

  @Test
  void numbersAddressesAsTheyCome() {
    UpstreamMacs macs = new UpstreamMacs(4, KEY);

    assertThat(macs.index(ROUTER)).isEqualTo(1);
    assertThat(macs.index(OTHER)).isEqualTo(2);
    assertThat(macs.index(ROUTER)).isEqualTo(1);
    assertThat(macs.index(ROUTER)).isEqualTo(1);
    assertThat(macs.mac(1)).isEqualTo(ROUTER);
    assertThat(macs.mac(2)).isEqualTo(OTHER);
    assertThat(macs.size()).isEqualTo(2);
  }

  @Test
  void knowsNoAddressOfZeros() {
    UpstreamMacs macs = new UpstreamMacs(4, KEY);

    assertThat(macs.index(0)).isEqualTo(UpstreamMacs.UNKNOWN);
    macs.index(ROUTER);
    assertThat(macs.index(0)).isEqualTo(UpstreamMacs.UNKNOWN);
    assertThat(macs.mac(UpstreamMacs.UNKNOWN)).isZero();
    assertThat(macs.size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4096, 65_535})
  void keepsAllItKnowsWhenItIsFull(int capacity) {
    UpstreamMacs macs = new UpstreamMacs(capacity, KEY);
    for (int i = 1; i <= capacity; i++) {
      assertThat(macs.index(ROUTER + 7L * i)).isEqualTo(i);
    }

    assertThat(macs.index(OTHER)).isEqualTo(UpstreamMacs.UNKNOWN);
    assertThat(macs.index(OTHER)).isEqualTo(UpstreamMacs.UNKNOWN);
    assertThat(macs.size()).isEqualTo(capacity);
    for (int i = 1; i <= capacity; i++) {
      assertThat(macs.index(ROUTER + 7L * i)).isEqualTo(i);
      assertThat(macs.mac(i)).isEqualTo(ROUTER + 7L * i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_536})
  void refusesACapacityOutOfRange(int capacity) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new UpstreamMacs(capacity, KEY))
        .withMessageContaining("capacity: " + capacity);
  }

  @Test
  void aMarkedNumberIsOfTheSameAddressButNotUnmarked() {
    var macs = new UpstreamMacs(4_096, HashKey.random());
    int number = macs.index(0x0200_5e10_0001L);
    for (int mark = 1; mark <= 7; mark++) {
      int marked = macs.marked(macs.marked(number, 8 - mark), mark);

      assertThat(marked).isBetween(1, 65_535);
      assertThat(macs.mark(marked)).isEqualTo(mark);
      assertThat(macs.mac(marked)).isEqualTo(macs.unmarked(number)).isEqualTo(0x0200_5e10_0001L);
      assertThat(macs.unmarked(marked)).isZero();
      assertThat(macs.marked(marked, 0)).isEqualTo(number);
    }
  }
}
