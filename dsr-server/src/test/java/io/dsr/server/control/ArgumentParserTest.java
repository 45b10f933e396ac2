package io.dsr.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LiteralsTest {

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
  void readsAServiceAsItIsShown(String text) throws ControlException {
    assertThat(ArgumentParser.service(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "-t 192.0.2.10:80, tcp 192.0.2.10:80",
    "--udp-service [2001:db8::1]:53, udp [2001:db8::1]:53",
    "'  TCP   192.0.2.10:80 ', tcp 192.0.2.10:80"
  })
  void readsAServiceAsIpvsadmWritesIt(String text, String service) throws ControlException {
    assertThat(ArgumentParser.service(text)).hasToString(service);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp",
        "192.0.2.10:80",
        "tcp 192.0.2.10",
        "tcp 192.0.2.10:0",
        "tcp 192.0.2.10:70000",
        "tcp 2001:db8::1:80",
        "tcp web:80",
        "udp 192.0.2.10:9-5",
        "smtp 192.0.2.10:25",
        "gre 192.0.2.10:80",
        "tcp 192.0.2.10/24:80",
        "tcp []:80",
        "tcp 192.0.2.10:99999999999"
      })
  void refusesWhatIsNoService(String text) {
    assertThatThrownBy(() -> ArgumentParser.service(text))
        .isInstanceOf(ControlException.class)
        .hasMessageStartingWith("service: \"" + text + "\"")
        .hasMessageContaining("(expected: ");
  }

  @Test
  void readsDurations() throws ControlException {
    assertThat(ArgumentParser.duration("500ms", "d")).isEqualTo(Duration.ofMillis(500));
    assertThat(ArgumentParser.duration("30", "d")).isEqualTo(Duration.ofSeconds(30));
    assertThat(ArgumentParser.duration("30s", "d")).isEqualTo(Duration.ofSeconds(30));
    assertThat(ArgumentParser.duration("5m", "d")).isEqualTo(Duration.ofMinutes(5));
    assertThat(ArgumentParser.duration("1h", "d")).isEqualTo(Duration.ofHours(1));
    assertThatThrownBy(() -> ArgumentParser.duration("-1s", "--deadline"))
        .hasMessage("--deadline: \"-1s\" (expected: a time such as 30s, 5m or 1h)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "2001:db8::1:80", ":80"})
  void refusesWhatIsNoEndpoint(String text) {
    assertThatThrownBy(() -> ArgumentParser.endpoint(text, "VIP"))
        .isInstanceOf(ControlException.class)
        .hasMessageStartingWith("VIP: \"");
  }
}
