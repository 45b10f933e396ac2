package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IpTextTest {

  @ParameterizedTest
  @CsvSource({
    "c000020a, 192.0.2.10",
    "00000000000000000000000000000000, ::",
    "00000000000000000000000000000001, ::1",
    "20010db8000000000000000000000010, 2001:db8::10",
    "20010db8000000000001000000000001, 2001:db8::1:0:0:1",
    "20010db8000000010000000000000000, 2001:db8:0:1::",
    "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
    "00010000000000000000000000000000, 1::",
    "fe80000000000000abcdef0012345678, fe80::abcd:ef00:1234:5678",
    "00000000000000000000ffffc000020a, ::ffff:192.0.2.10"
  })
  void compressesAsRfc5952Says(String octets, String text) {
    assertThat(IpPrefix.text(IpPrefix.address(HexFormat.of().parseHex(octets)))).isEqualTo(text);
  }
}
