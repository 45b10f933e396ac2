package io.dsr.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.MacAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExchangeTest {

  private static final String CLIENT = "d88b2b0a";
  private static final String VIP = "c31e46c8";
  private static final String SYN = "02";
  private static final String SYN_ACK = "12";

  @Test
  void printsTheThreeStepsInColumns() {
    var exchange =
        new Exchange(
            frame("0000000000aa", "000000000011", CLIENT + VIP, SYN),
            frame("0000000000bb", "0000000000aa", CLIENT + VIP, SYN),
            frame("000000000011", "0000000000bb", VIP + CLIENT, SYN_ACK));

    assertThat(exchange.table())
        .containsExactly(
            "Step | Source IP     | Destination IP | MAC",
            "-----+---------------+----------------+--------------------------",
            "1    | 216.139.43.10 | 195.30.70.200  | Dest.: 00:00:00:00:00:aa",
            "2    | 216.139.43.10 | 195.30.70.200  | Dest.: 00:00:00:00:00:bb",
            "3    | 195.30.70.200 | 216.139.43.10  | Source: 00:00:00:00:00:bb");
  }

  @Test
  void alignsToTheWidestCell() {
    assertThat(Exchange.aligned(List.of(List.of("a", "b"), List.of("long", ""))))
        .containsExactly("a    | b", "-----+--", "long |");
  }

  @Test
  void readsAddressesPortsAndFlagsOfAFrame() {
    SeenFrame frame = frame("0000000000aa", "000000000011", CLIENT + VIP, SYN);

    assertThat(frame.destination()).isEqualTo(MacAddress.of("00:00:00:00:00:aa"));
    assertThat(frame.source()).isEqualTo(MacAddress.of("00:00:00:00:00:11"));
    assertThat(frame.segment().source().getHostAddress()).isEqualTo("216.139.43.10");
    assertThat(frame.segment().sourcePort()).isEqualTo(50_000);
    assertThat(frame.segment().destinationPort()).isEqualTo(80);
    assertThat(frame.segment().opens()).isTrue();
    assertThat(frame.segment().accepts()).isFalse();
  }

  @Test
  void readsNothingOfAFrameThatIsCutShortOrOfAnotherProtocol() {
    byte[] whole = bytes("0000000000aa", "000000000011", CLIENT + VIP, SYN);
    for (int length = 0; length < whole.length; length++) {
      assertThat(SeenFrame.of("here", false, java.util.Arrays.copyOf(whole, length))).isEmpty();
    }
    whole[23] = 17;

    assertThat(SeenFrame.of("here", false, whole)).isEmpty();
  }

  private static SeenFrame frame(String target, String origin, String addresses, String flags) {
    return SeenFrame.of("here", false, bytes(target, origin, addresses, flags)).orElseThrow();
  }

  private static byte[] bytes(String target, String origin, String addresses, String flags) {
    return HexFormat.of()
        .parseHex(
            target
                + origin
                + "0800"
                + "450000280000400040060000"
                + addresses
                + "c3500050"
                + "0000000000000000"
                + "50"
                + flags
                + "ffff00000000");
  }
}
