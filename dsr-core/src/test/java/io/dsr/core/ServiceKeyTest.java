package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceKeyTest {

  @Test
  void printsAsInALog() {
    assertThat(key("192.0.2.10", 80)).hasToString("tcp 192.0.2.10:80");
    assertThat(new ServiceKey(Protocol.UDP, InetAddress.ofLiteral("2001:db8::1"), 53))
        .hasToString("udp [2001:db8::1]:53");
  }

  @Test
  void tellsTheFamily() {
    assertThat(key("192.0.2.10", 80).isIpv6()).isFalse();
    assertThat(key("2001:db8::1", 80).isIpv6()).isTrue();
  }

  @Test
  void comparesByProtocolAddressAndPort() {
    assertThat(key("192.0.2.10", 80)).isEqualTo(key("192.0.2.10", 80));
    assertThat(key("192.0.2.10", 80))
        .isNotEqualTo(key("192.0.2.10", 81))
        .isNotEqualTo(key("192.0.2.11", 80))
        .isNotEqualTo(new ServiceKey(Protocol.UDP, InetAddress.ofLiteral("192.0.2.10"), 80));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 65_536})
  void refusesOtherPorts(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> key("192.0.2.10", port))
        .withMessage("port: " + port + " (expected: 1 to 65535)");
  }

  @Test
  void takesTheFirstAndTheLastPort() {
    assertThat(key("192.0.2.10", 1).port()).isEqualTo(1);
    assertThat(key("192.0.2.10", 65_535).port()).isEqualTo(65_535);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "224.0.0.18", "255.255.255.255", "::", "ff02::1"})
  void refusesAddressesThatAreNotUnicast(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> key(address, 80))
        .withMessageMatching("virtual address: \\S+ \\(expected: a unicast address\\)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp 192.0.2.10:80",
        "udp [2001:db8::]/64:1000-2000",
        "any 192.0.2.0/28:*",
        "gre 192.0.2.1:*",
        "ip-89 192.0.2.1:*",
        "sctp [2001:db8::10]:5060"
      })
  void readsWhatItWrites(String text) {
    assertThat(ServiceKey.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "tcp [2001:db8::1]:80, tcp [2001:db8::1]:80",
    "'  TCP   192.0.2.10:80 ', tcp 192.0.2.10:80",
    "6 192.0.2.10:80, tcp 192.0.2.10:80",
    "udp 192.0.2.10/32:53-53, udp 192.0.2.10:53"
  })
  void readsOtherWaysToWriteTheSame(String text, String written) {
    assertThat(ServiceKey.parse(text)).hasToString(written);
  }

  @RepeatedTest(5)
  void readsEveryKeyThatItWrites() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    int read = 0;
    while (read < 1_000) {
      ServiceKey key;
      try {
        key = random(random);
      } catch (IllegalArgumentException notUnicast) {
        continue;
      }
      assertThat(ServiceKey.parse(key.toString())).as("seed %d: %s", seed, key).isEqualTo(key);
      read++;
    }
  }

  private static ServiceKey random(Random random) {
    byte[] octets = new byte[random.nextBoolean() ? 4 : 16];
    random.nextBytes(octets);
    if (octets.length == 16 && random.nextInt(4) == 0) {
      Arrays.fill(octets, 0, 10, (byte) 0);
      octets[10] = -1;
      octets[11] = -1;
    }
    int length = random.nextInt(4) == 0 ? 1 + random.nextInt(8 * octets.length) : 8 * octets.length;
    Protocol protocol = Protocol.of(random.nextBoolean() ? 6 : random.nextInt(256));
    PortRange ports = PortRange.ANY;
    if (protocol.hasPorts() && random.nextInt(4) != 0) {
      int first = 1 + random.nextInt(65_535);
      ports = new PortRange(first, random.nextBoolean() ? first : random.nextInt(first, 65_536));
    }
    return new ServiceKey(protocol, IpPrefix.around(IpPrefix.address(octets), length), ports);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|a protocol and VIP:PORT",
        "tcp|a protocol and VIP:PORT",
        "192.0.2.10:80|a protocol and VIP:PORT",
        "tcp 192.0.2.10|a protocol and VIP:PORT",
        "tcp 2001:db8::1:80|a protocol and VIP:PORT",
        "tcp 192.0.2.10:0|1 to 65535",
        "tcp 192.0.2.10:0-65535|1 to 65535",
        "tcp 192.0.2.10:70000|1 to 65535",
        "tcp 192.0.2.10:99999999999|a port, a range such as 1000-2000, or *",
        "tcp web:80|an IPv4 or IPv6 address",
        "tcp []:80|an IPv4 or IPv6 address",
        "tcp [192.0.2.10]:80|an IPv6 address in brackets",
        "udp 192.0.2.10:9-5|9 to 65535, the end of the range",
        "smtp 192.0.2.10:25|tcp, udp, sctp, gre, esp, ah, any or a number from 1 to 255",
        "gre 192.0.2.10:80|*, because gre has no ports",
        "tcp 192.0.2.10/24:80|192.0.2.0/24, without host bits",
        "tcp 192.0.2.10/33:80|0 to 32"
      })
  void saysWhatItWasGivenAndWhatItExpected(String text, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServiceKey.parse(text))
        .withMessageStartingWith("service: \"" + text + "\"")
        .withMessageContaining("(expected: " + expected);
  }

  private static ServiceKey key(String address, int port) {
    return new ServiceKey(Protocol.TCP, InetAddress.ofLiteral(address), port);
  }
}
