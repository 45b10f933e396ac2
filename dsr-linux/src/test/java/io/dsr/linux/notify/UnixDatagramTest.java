package io.dsr.linux.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.LinuxException;
import org.junit.jupiter.api.Test;

final class UnixDatagramTest {

  @Test
  void failsWithTheNameOfASocketThatNobodyHas() {
    assertThatThrownBy(() -> UnixDatagram.send("/nowhere/notify", "READY=1".getBytes(UTF_8)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("connect(/nowhere/notify)");
    assertThatThrownBy(() -> UnixDatagram.send("@nobody-has-this", "READY=1".getBytes(UTF_8)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("connect(@nobody-has-this)");
  }

  @Test
  void refusesANameThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnixDatagram.send("", new byte[1]))
        .withMessageContaining("(expected: 1 to 107 bytes)");
  }
}
