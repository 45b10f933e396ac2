package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** tshark finds every checksum of emitted frames right, and those that were set wrong wrong. */
final class EmittedFramesOracleTest {

  private static final List<String> FIELDS =
      List.of(
          "ip.checksum.status",
          "tcp.checksum.status",
          "udp.checksum.status",
          "sctp.checksum.status",
          "icmp.checksum.status",
          "icmpv6.checksum.status");

  private static final String[] CHECKS = {
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "sctp.checksum:CRC 32c"
  };

  private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.7");
  private static final InetAddress VIP = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress CLIENT6 = InetAddress.ofLiteral("2001:db8:ffff::7");
  private static final InetAddress VIP6 = InetAddress.ofLiteral("2001:db8::10");

  @BeforeAll
  static void requireTshark() {
    Oracle.require();
  }

  @Test
  void haveTheChecksumsThatTsharkComputes(@TempDir Path directory)
      throws IOException, InterruptedException {
    List<FrameBuilder> packets = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (boolean wide : new boolean[] {false, true}) {
      InetAddress from = wide ? CLIENT6 : CLIENT;
      InetAddress to = wide ? VIP6 : VIP;
      String ip = wide ? "" : "1";
      packets.add(segment().ip(from, to).hopLimit(3));
      expected.add(ip + "\t1\t\t\t\t");
      packets.add(segment().checksum(0x1234).ip(from, to));
      expected.add(ip + "\t0\t\t\t\t");
      packets.add(FrameBuilder.text("query").udp(50_000, 50_001).ip(from, to).trafficClass(4));
      expected.add(ip + "\t\t1\t\t\t");
      packets.add(FrameBuilder.text("query").udp(50_000, 50_001).checksum(1).ip(from, to));
      expected.add(ip + "\t\t0\t\t\t");
      packets.add(association().ip(from, to));
      expected.add(ip + "\t\t\t1\t\t");
      packets.add(association().checksum(0x1234).ip(from, to));
      expected.add(ip + "\t\t\t0\t\t");
    }
    packets.add(FrameBuilder.text("ping").icmp(8, 0, 1).ip(CLIENT, VIP).identification(7));
    expected.add("1\t\t\t\t1\t");
    packets.add(FrameBuilder.text("ping").icmp(8, 0, 1).ip(CLIENT, VIP).checksum(7));
    expected.add("0\t\t\t\t1\t");
    packets.add(FrameBuilder.text("ping").icmpv6(128, 0, 1).ip(CLIENT6, VIP6));
    expected.add("\t\t\t\t\t1");
    packets.add(
        FrameBuilder.neighbour(135, 0, "2001:db8::10", 1, 0x02005e000001L)
            .ip(CLIENT6, VIP6)
            .hopLimit(255));
    expected.add("\t\t\t\t\t1");

    List<byte[]> frames =
        packets.stream().map(p -> p.ethernet(0x02005e000001L, 0x02005e000002L).bytes()).toList();

    assertThat(Oracle.fields(directory, frames, FIELDS, CHECKS)).isEqualTo(expected);
  }

  private static FrameBuilder segment() {
    return FrameBuilder.text("abc").tcp(50_000, 50_001, TcpSegment.ACK, 1, 2);
  }

  private static FrameBuilder association() {
    return FrameBuilder.payload().chunk(SctpChunk.ABORT, "").sctp(50_000, 50_001, 0x7ac3);
  }
}
