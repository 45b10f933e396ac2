package io.dsr.examples.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointTest {

  private static final int NO_PORT = Endpoint.NO_PORT;

  @ParameterizedTest
  @CsvSource({
    "192.0.2.10:80, 192.0.2.10, 80",
    "192.0.2.10:65535, 192.0.2.10, 65535",
    "192.0.2.10, 192.0.2.10, -1",
    "[2001:db8::10]:1, 2001:db8::10, 1",
    "[2001:DB8::10], 2001:db8::10, -1",
    "2001:db8::10, 2001:db8::10, -1",
    "[2001:db8::192.0.2.1]:80, 2001:db8::c000:201, 80"
  })
  void readsAddressesWithAndWithoutAPort(String text, String address, int port) throws Exception {
    assertThat(Endpoint.parse(text, "server"))
        .isEqualTo(new Endpoint(InetAddress.ofLiteral(address), port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        ":80",
        "[",
        "]",
        "[]",
        "[]:80",
        "[192.0.2.10]:80",
        "[2001:db8::1",
        "[2001:db8::1]80",
        "[[2001:db8::1]]:80",
        "2001:db8::1]:80",
        "2001:db8:::1",
        "[::ffff:192.0.2.1]:80",
        "[fe80::1%lo]:80",
        "10",
        "10:80",
        "192.0.2:80",
        "192.0.2.256:80",
        "192.0.2.1.5:80",
        "192.0.2.1::80",
        "0xc0.0.2.1:80",
        "localhost:80",
        "192.0.2.1/24"
      })
  void refusesWhatIpvsadmWouldNotWrite(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text, "server"))
        .isInstanceOf(Fault.class)
        .hasMessage(
            "server \""
                + text
                + "\" (expected: ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n writes)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          192.0.2.1: | port of server "" (expected: 1 to 65535)
          192.0.2.1:http | port of server "http" (expected: 1 to 65535)
          192.0.2.1:+80 | port of server "+80" (expected: 1 to 65535)
          192.0.2.1:-80 | port of server "-80" (expected: 1 to 65535)
          192.0.2.1:٨٠ | port of server "٨٠" (expected: 1 to 65535)
          192.0.2.1:65536 | port of server 65536 (expected: 1 to 65535)
          192.0.2.1:99999999999 | port of server 99999999999 (expected: 1 to 65535)
          [2001:db8::1]:0 | port 0 (any port) is not carried by this version
          192.0.2.1:000 | port 0 (any port) is not carried by this version
          """)
  void refusesBadPorts(String text, String message) {
    assertThatThrownBy(() -> Endpoint.parse(text, "server"))
        .isInstanceOf(Fault.class)
        .hasMessage(message);
  }

  @Test
  void isWrittenAsItIsRead() throws Exception {
    assertThat(Endpoint.parse("192.0.2.1:80", "x")).hasToString("192.0.2.1:80");
    assertThat(Endpoint.parse("192.0.2.1", "x")).hasToString("192.0.2.1");
    assertThat(Endpoint.parse("[2001:db8:1:2:3:4:5:6]:80", "x"))
        .hasToString("[2001:db8:1:2:3:4:5:6]:80");
    assertThat(Endpoint.parse("[::1]", "x").port()).isEqualTo(NO_PORT);
  }
}
