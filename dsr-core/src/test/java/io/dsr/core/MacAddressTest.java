package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MacAddressTest {

  @Test
  void readsColonsHyphensAndBothCases() {
    var expected = new MacAddress(0x025e_10ab_cdefL);

    assertThat(MacAddress.of("02:5e:10:ab:cd:ef")).isEqualTo(expected);
    assertThat(MacAddress.of("02-5E-10-AB-CD-EF")).isEqualTo(expected);
  }

  @Test
  void printsLowerCaseWithColonsAndReadsItBack() {
    for (long bits : new long[] {0, 1, 0x025e_10ab_cdefL, 0x8000_0000_0000L}) {
      var address = new MacAddress(bits);
      assertThat(MacAddress.of(address.toString())).isEqualTo(address);
    }
    assertThat(new MacAddress(0x025e_10ab_cdefL)).hasToString("02:5e:10:ab:cd:ef");
  }

  @Test
  void takesOctetsInTheirOrderOnTheWire() {
    byte[] octets = {(byte) 0xfe, 0, 1, 2, 3, (byte) 0x80};

    assertThat(MacAddress.of(octets)).isEqualTo(new MacAddress(0xfe00_0102_0380L));
  }

  @Test
  void tellsGroupAddressesByTheLowestBitOfTheFirstOctet() {
    assertThat(MacAddress.BROADCAST.isMulticast()).isTrue();
    assertThat(MacAddress.of("01:00:5e:00:00:01").isMulticast()).isTrue();
    assertThat(MacAddress.of("33:33:00:00:00:01").isMulticast()).isTrue();
    assertThat(MacAddress.of("02:00:00:00:00:01").isMulticast()).isFalse();
    assertThat(MacAddress.of("fe:ff:ff:ff:ff:ff").isMulticast()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "02:5e:10:ab:cd",
        "02:5e:10:ab:cd:ef:01",
        "2:5e:10:ab:cd:ef",
        "025e10abcdef",
        "02:5g:10:ab:cd:ef",
        " 02:5e:10:ab:cd:ef",
        "02:5e:10:ab:cd:ef\n"
      })
  void refusesOtherText(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MacAddress.of(text))
        .withMessage(
            "MAC address: \"" + text + "\" (expected: six octets, such as 02:00:5e:10:00:01)");
  }

  @Test
  void refusesOtherSizes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MacAddress(1L << 48))
        .withMessage("bits: 0x1000000000000 (expected: 48 bits)");
    assertThatIllegalArgumentException().isThrownBy(() -> new MacAddress(-1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MacAddress.of(new byte[5]))
        .withMessage("octets: 5 (expected: 6)");
  }
}
