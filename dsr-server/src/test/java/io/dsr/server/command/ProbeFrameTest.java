package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class ProbeFrameTest {

  @Test
  void buildsASynOfIpv4() throws ControlException {
    byte[] frame =
        ProbeFrame.tcp(
            ArgumentParser.endpoint("198.51.100.7:40000", "client"),
            ArgumentParser.endpoint("192.0.2.10:80", "VIP"),
            ProbeFrame.flags("syn"));

    assertThat(frame).hasSize(54);
    assertThat(HexFormat.of().formatHex(frame, 12, 24)).isEqualTo("08004500002800004000" + "4006");
    assertThat(HexFormat.of().formatHex(frame, 26, 38)).isEqualTo("c6336407c000020a9c400050");
    assertThat(frame[47]).isEqualTo((byte) 0x02);
    assertThat(sum(frame, 14, 20, 0)).isEqualTo(0xffff);
    assertThat(sum(frame, 26, 28, 6 + 20)).isEqualTo(0xffff);
  }

  @Test
  void buildsADatagramOfIpv6() throws ControlException {
    byte[] frame =
        ProbeFrame.udp(
            ArgumentParser.endpoint("[2001:db8::1]:5353", "client"),
            ArgumentParser.endpoint("[2001:db8::10]:53", "VIP"));

    assertThat(frame).hasSize(62);
    assertThat(HexFormat.of().formatHex(frame, 12, 22)).isEqualTo("86dd6000000000081140");
    assertThat(HexFormat.of().formatHex(frame, 54, 60)).isEqualTo("14e900350008");
    assertThat(sum(frame, 22, 40, 17 + 8)).isEqualTo(0xffff);
  }

  @Test
  void readsFlagsInAnyCase() throws ControlException {
    assertThat(ProbeFrame.flags("FIN, ack")).isEqualTo(0x11);
  }

  /**
   * Returns the sum of RFC 1071 over some octets and a start: 0xffff if their checksum is right.
   */
  private static int sum(byte[] octets, int from, int length, int start) {
    int sum = start;
    for (int i = from; i < from + length; i += 2) {
      sum += ((octets[i] & 0xff) << 8) | (octets[i + 1] & 0xff);
    }
    return (sum & 0xffff) + (sum >> 16);
  }
}
