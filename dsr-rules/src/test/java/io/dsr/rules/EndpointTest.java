package io.dsr.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.Protocol;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointTest {

  private static final int NO_PORT = Endpoint.NO_PORT;
  private static final Names NAMES =
      Names.of(
          List.of("127.0.0.1 localhost", "192.0.2.10 web.example www # comment", "::1 www"),
          List.of("sip 5060/udp", "sip-tls 5061/tcp sips", "# x", "http 8080/tcp"));

  @ParameterizedTest
  @CsvSource({
    "192.0.2.10:80, 192.0.2.10, 80",
    "192.0.2.10:65535, 192.0.2.10, 65535",
    "192.0.2.10, 192.0.2.10, 0",
    "192.0.2.10:0, 192.0.2.10, 0",
    "[2001:db8::1]:000, 2001:db8::1, 0",
    "web.example:http, 192.0.2.10, 8080",
    "www:https, 192.0.2.10, 443",
    "192.0.2.10:sips, 192.0.2.10, 5061",
    "[2001:db8::10]:1, 2001:db8::10, 1",
    "[2001:DB8::10], 2001:db8::10, 0",
    "2001:db8::10, 2001:db8::10, 0",
    "[2001:db8::192.0.2.1]:80, 2001:db8::c000:201, 80"
  })
  void readsAddressesWithAndWithoutAPort(String text, String address, int port) throws Exception {
    assertThat(parse(text)).isEqualTo(new Endpoint(InetAddress.ofLiteral(address), port));
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
        "192.0.2.1/24"
      })
  void refusesWhatIpvsadmWouldNotWrite(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(RuleError.class)
        .hasMessage(
            "real server \""
                + text
                + "\" (expected: ADDRESS:PORT or [IPV6-ADDRESS]:PORT, as ipvsadm -n prints it)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          192.0.2.1: | port of real server "" (expected: 1 to 65535)
          192.0.2.1:gopher | port of real server "gopher" (expected: 1 to 65535, or a name from /etc/services for tcp; ipvsadm -S -n prints numbers)
          192.0.2.1:+80 | port of real server "+80" (expected: 1 to 65535)
          192.0.2.1:-80 | port of real server "-80" (expected: 1 to 65535)
          192.0.2.1:٨٠ | port of real server "٨٠" (expected: 1 to 65535)
          192.0.2.1:65536 | port of real server 65536 (expected: 1 to 65535)
          192.0.2.1:99999999999 | port of real server 99999999999 (expected: 1 to 65535)
          """)
  void refusesBadPorts(String text, String message) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(RuleError.class).hasMessage(message);
  }

  @Test
  void isWrittenAsItIsRead() throws Exception {
    assertThat(parse("192.0.2.1:80")).hasToString("192.0.2.1:80");
    assertThat(parse("192.0.2.1")).hasToString("192.0.2.1");
    assertThat(parse("[2001:db8:1:2:3:4:5:6]:80")).hasToString("[2001:db8:1:2:3:4:5:6]:80");
    assertThat(parse("[::1]").port()).isEqualTo(NO_PORT);
  }

  @Test
  void doesNotAskDns() {
    assertThatThrownBy(() -> parse("www.example.net:80"))
        .isInstanceOf(RuleError.class)
        .hasMessage(
            "real server \"www.example.net:80\", which is not in /etc/hosts (expected: an address;"
                + " dsr does not use DNS, and ipvsadm -S -n prints addresses)");
  }

  private static Endpoint parse(String text) throws RuleError {
    return Endpoint.parse(text, Protocol.TCP, NAMES);
  }
}
