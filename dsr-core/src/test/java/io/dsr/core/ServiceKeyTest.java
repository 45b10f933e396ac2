package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceKeyTest {

  @Test
  void printsAsInALog() {
    assertThat(key("192.0.2.10", 80)).hasToString("tcp 192.0.2.10:80");
    assertThat(new ServiceKey(Protocol.UDP, InetAddress.ofLiteral("2001:db8::1"), 53))
        .hasToString("udp [2001:db8:0:0:0:0:0:1]:53");
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

  private static ServiceKey key(String address, int port) {
    return new ServiceKey(Protocol.TCP, InetAddress.ofLiteral(address), port);
  }
}
