package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.MacAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The views read from valid frames what tshark reads. */
final class ParsedFieldsOracleTest {

  private static final List<String> FIELDS =
      List.of(
          "eth.dst",
          "eth.src",
          "vlan.id",
          "vlan.priority",
          "ip.src",
          "ip.dst",
          "ip.proto",
          "ip.hdr_len",
          "ip.len",
          "ip.ttl",
          "ip.frag_offset",
          "ip.flags.mf",
          "ip.checksum",
          "ipv6.src",
          "ipv6.dst",
          "ipv6.nxt",
          "ipv6.plen",
          "ipv6.hlim",
          "ipv6.fraghdr.offset",
          "ipv6.fraghdr.more",
          "ipv6.fraghdr.ident",
          "tcp.srcport",
          "tcp.dstport",
          "tcp.flags",
          "tcp.seq_raw",
          "tcp.ack_raw",
          "tcp.hdr_len",
          "tcp.len",
          "tcp.window_size_value",
          "tcp.checksum",
          "udp.srcport",
          "udp.dstport",
          "udp.length",
          "udp.checksum",
          "icmp.type",
          "icmp.code");

  private static final double FULL_RUN = 300_000;
  private static final int SHORTEST_RUN = 3_000;

  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final Ipv4Packet ipv4 = new Ipv4Packet();
  private final Ipv6Packet ipv6 = new Ipv6Packet();
  private final TcpSegment tcp = new TcpSegment();
  private final UdpDatagram udp = new UdpDatagram();
  private final IcmpMessage icmp = new IcmpMessage();
  private final QuotedFlow quoted = new QuotedFlow();
  private final Map<String, String> read = new LinkedHashMap<>();
  private boolean whole;

  @BeforeAll
  static void requireTshark() {
    Oracle.require();
  }

  @Test
  void readWhatTsharkReads(@TempDir Path directory) throws IOException, InterruptedException {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));
    int count = Math.max(SHORTEST_RUN, (int) (scale * FULL_RUN));
    long seed = System.nanoTime();
    var random = new RandomFrames(seed);
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(random.next());
    }

    List<String> lines = Oracle.fields(directory, frames, FIELDS);

    assertThat(lines).hasSize(count);
    int compared = 0;
    for (int i = 0; i < count; i++) {
      compared += compare(frames.get(i), lines.get(i), "seed " + seed + " frame " + i);
    }
    assertThat(compared).as("fields compared").isGreaterThan(15 * count);
  }

  /** Returns how many fields were compared: those that the views have read. */
  private int compare(byte[] frame, String line, String what) {
    read.clear();
    read(Unpooled.wrappedBuffer(frame));
    String[] fields = line.split("\t", -1);
    Map<String, String> expected = new LinkedHashMap<>();
    for (String name : read.keySet()) {
      expected.put(name, plain(name, fields[FIELDS.indexOf(name)]));
    }
    for (Map.Entry<String, String> field : expected.entrySet()) {
      assertThat(read.get(field.getKey()))
          .as("%s, %s: %s", what, field.getKey(), HexFormat.of().formatHex(frame))
          .isEqualTo(field.getValue());
    }
    return read.size();
  }

  private void read(ByteBuf frame) {
    assertThat(ethernet.wrap(frame)).isTrue();
    put("eth.dst", new MacAddress(ethernet.destination()));
    put("eth.src", new MacAddress(ethernet.source()));
    int type = ethernet.etherType();
    int index = ethernet.payloadIndex();
    put("vlan.id", "");
    for (boolean outer = true; type == EtherType.VLAN; outer = false) {
      assertThat(vlan.wrap(frame, index)).isTrue();
      if (outer) {
        put("vlan.id", vlan.id());
        put("vlan.priority", vlan.priority());
      }
      type = vlan.etherType();
      index = vlan.payloadIndex();
    }
    if (type == EtherType.IPV4) {
      ipv4(frame, index);
    } else {
      ipv6(frame, index);
    }
  }

  private void ipv4(ByteBuf frame, int index) {
    assertThat(ipv4.wrap(frame, index)).isTrue();
    assertThat(ipv4.isChecksumRight()).isTrue();
    put("ip.src", address(ipv4.source()));
    put("ip.dst", address(ipv4.destination()));
    put("ip.proto", ipv4.protocol());
    put("ip.hdr_len", ipv4.headerLength());
    put("ip.len", ipv4.totalLength());
    put("ip.ttl", ipv4.timeToLive());
    put("ip.frag_offset", ipv4.fragmentOffset() >> 3);
    put("ip.flags.mf", ipv4.hasMoreFragments() ? 1 : 0);
    put("ip.checksum", hex(ipv4.checksum()));
    put("ipv6.src", "");
    whole = !ipv4.isFragment();
    int length = ipv4.payloadLength();
    transport(frame, ipv4.fragmentOffset(), ipv4.protocol(), ipv4.payloadIndex(), length);
  }

  private void ipv6(ByteBuf frame, int index) {
    assertThat(ipv6.wrap(frame, index)).isTrue();
    assertThat(ipv6.walkExtensions()).isTrue();
    put("ip.src", "");
    put("ipv6.src", address(ipv6.sourceHigh(), ipv6.sourceLow()));
    put("ipv6.dst", address(ipv6.destinationHigh(), ipv6.destinationLow()));
    put("ipv6.nxt", ipv6.nextHeader());
    put("ipv6.plen", ipv6.payloadLength());
    put("ipv6.hlim", ipv6.hopLimit());
    if (ipv6.fragmentIdentification() != 0) {
      put("ipv6.fraghdr.offset", ipv6.fragmentOffset() >> 3);
      put("ipv6.fraghdr.more", ipv6.hasMoreFragments() ? 1 : 0);
      put("ipv6.fraghdr.ident", "0x%08x".formatted(ipv6.fragmentIdentification()));
    } else {
      put("ipv6.fraghdr.offset", "");
    }
    whole = !ipv6.isFragment();
    int protocol = ipv6.transportProtocol();
    int length = ipv6.transportLength();
    transport(frame, ipv6.fragmentOffset(), protocol, ipv6.transportIndex(), length);
  }

  private void transport(ByteBuf frame, int offset, int protocol, int index, int length) {
    if (offset != 0) {
      put("tcp.srcport", "");
      put("udp.srcport", "");
      return;
    }
    switch (protocol) {
      case IpProtocol.TCP -> tcp(frame, index, length);
      case IpProtocol.UDP -> udp(frame, index, length);
      default -> icmp(frame, index, length);
    }
  }

  private void tcp(ByteBuf frame, int index, int length) {
    assertThat(tcp.wrap(frame, index, length)).isTrue();
    put("udp.srcport", "");
    put("tcp.srcport", tcp.sourcePort());
    put("tcp.dstport", tcp.destinationPort());
    put("tcp.flags", hex(tcp.flags()));
    put("tcp.seq_raw", Integer.toUnsignedString(tcp.sequence()));
    put("tcp.ack_raw", Integer.toUnsignedString(tcp.acknowledgement()));
    put("tcp.hdr_len", tcp.headerLength());
    if (whole) {
      // Of a fragment tshark tells no length.
      put("tcp.len", tcp.payloadLength());
    }
    put("tcp.window_size_value", tcp.window());
    put("tcp.checksum", hex(tcp.checksum()));
  }

  private void udp(ByteBuf frame, int index, int length) {
    assertThat(udp.wrap(frame, index, length)).isTrue();
    put("tcp.srcport", "");
    put("udp.srcport", udp.sourcePort());
    put("udp.dstport", udp.destinationPort());
    put("udp.length", udp.length());
    put("udp.checksum", hex(udp.checksum()));
  }

  private void icmp(ByteBuf frame, int index, int length) {
    assertThat(icmp.wrap(frame, index, length, false)).isTrue();
    put("icmp.type", icmp.type());
    put("icmp.code", icmp.code());
    assertThat(quoted.wrapIpv4(frame, icmp.bodyIndex(), icmp.bodyLength())).isTrue();
    assertThat(quoted.protocol()).isEqualTo(IpProtocol.TCP);
    put("tcp.srcport", quoted.sourcePort());
    put("tcp.dstport", quoted.destinationPort());
  }

  /** Writes an IPv6 address as Java does. */
  private static String plain(String name, String value) {
    boolean wide = name.equals("ipv6.src") || name.equals("ipv6.dst");
    return wide && !value.isEmpty() ? InetAddress.ofLiteral(value).getHostAddress() : value;
  }

  private void put(String field, Object value) {
    read.put(field, value.toString());
  }

  private static String hex(int value) {
    return "0x%04x".formatted(value);
  }

  private static String address(int address) {
    return host(ByteBuffer.allocate(4).putInt(address).array());
  }

  private static String address(long high, long low) {
    return host(ByteBuffer.allocate(16).putLong(high).putLong(low).array());
  }

  private static String host(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets).getHostAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
