package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which combinations of flags no TCP sends. */
final class TcpFlagsTest {

  /** All that the six flags from FIN to URG may be, but for PSH, which may go with each. */
  private static final Set<String> SENT =
      Set.of(
          "SYN",
          "SYN URG",
          "SYN ACK",
          "SYN ACK URG",
          "RST",
          "RST URG",
          "RST ACK",
          "RST ACK URG",
          "ACK",
          "ACK URG",
          "FIN ACK",
          "FIN ACK URG");

  private static final List<String> NAMES = List.of("SYN", "FIN", "RST", "ACK", "URG");

  @Test
  void knowsEveryCombination() {
    for (int flags = 0; flags < 0x200; flags++) {
      assertThat(TcpSegment.isBogus(flags))
          .as("flags 0x%x: %s", flags, names(flags))
          .isEqualTo(!SENT.contains(names(flags)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x00, true", // a null scan
    "0x29, true", // a Christmas tree
    "0x3f, true", // every flag
    "0x01, true", // a FIN scan
    "0x03, true", // SYN and FIN
    "0x06, true", // SYN and RST
    "0x15, true", // FIN and RST
    "0x08, true", // PSH alone
    "0xc0, true", // congestion notification alone
    "0x02, false", // a SYN
    "0xc2, false", // a SYN that offers congestion notification
    "0x0a, false", // a SYN with data
    "0x52, false", // a SYN with ACK and congestion notification
    "0x04, false", // a reset of what was never acknowledged
    "0x14, false", // a reset
    "0x11, false", // a FIN
    "0x19, false", // a FIN with data
    "0x38, false", // urgent data
    "0xd8, false" // data and both bits of congestion notification
  })
  void refusesWhatScannersSendAndNothingElse(int flags, boolean bogus) {
    assertThat(TcpSegment.isBogus(flags)).isEqualTo(bogus);
  }

  @Test
  void takesASynForAnOpeningWhateverElseIsSetButAckFinAndRst() {
    for (int flags = 0; flags < 0x200; flags++) {
      assertThat(TcpSegment.isOpening(flags))
          .as("flags 0x%x: %s", flags, names(flags))
          .isEqualTo(names(flags).equals("SYN") || names(flags).equals("SYN URG"));
    }
  }

  private static String names(int flags) {
    return NAMES.stream().filter(name -> (flags & bit(name)) != 0).collect(Collectors.joining(" "));
  }

  private static int bit(String name) {
    return switch (name) {
      case "FIN" -> 0x01;
      case "SYN" -> 0x02;
      case "RST" -> 0x04;
      case "ACK" -> 0x10;
      default -> 0x20;
    };
  }
}
