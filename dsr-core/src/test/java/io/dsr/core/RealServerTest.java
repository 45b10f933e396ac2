package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RealServerTest {

  @Test
  void isNeverTheHostItself() {
    for (String loopback : new String[] {"127.0.0.1", "127.8.9.10", "::1"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RealServer.of(loopback))
          .withMessageStartingWith(
              "server address: " + loopback + " (expected: the address of another host");
    }
  }

  @Test
  void weighsOneUnlessTold() {
    assertThat(RealServer.of("192.0.2.21"))
        .isEqualTo(new RealServer(InetAddress.ofLiteral("192.0.2.21"), 1));
    assertThat(RealServer.of("192.0.2.21", 7).weight()).isEqualTo(7);
  }

  @Test
  void changesItsWeightInACopy() {
    var server = RealServer.of("2001:db8::21", 7);

    assertThat(server.weight(0)).isEqualTo(RealServer.of("2001:db8::21", 0));
    assertThat(server.weight()).isEqualTo(7);
    assertThat(server.isIpv6()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void refusesOtherWeights(int weight) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealServer.of("192.0.2.21", weight))
        .withMessage("weight: " + weight + " (expected: 0 to 65535)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "web1",
        "192.0.2",
        "3221225985",
        "192.0.2.256",
        "192.0.2.21/32",
        "2001:db8::x"
      })
  void refusesTextThatIsNotAWholeAddress(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealServer.of(text))
        .withMessage("server address: \"" + text + "\" (expected: an IPv4 or IPv6 address)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "239.1.1.1", "255.255.255.255", "::", "ff05::2"})
  void refusesAddressesThatAreNotUnicast(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealServer.of(address))
        .withMessageMatching("server address: \\S+ \\(expected: a unicast address\\)");
  }
}
