package io.dsr.core.frame;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Valid frames of every kind that the views read, from a seed. */
final class RandomFrames {

  private static final int ICMP_QUOTE = 28;

  private final SplittableRandom random;

  RandomFrames(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Returns the next frame. */
  byte[] next() {
    boolean wide = random.nextBoolean();
    FrameBuilder frame = wide ? ipv6() : ipv4();
    int type = wide ? EtherType.IPV6 : EtherType.IPV4;
    for (int tags = Math.max(0, random.nextInt(5) - 2); tags > 0; tags--) {
      frame.vlan(random.nextInt(0x10000), type);
      type = EtherType.VLAN;
    }
    frame.ethernet(mac(), mac(), type);
    return (random.nextInt(4) == 0 ? frame.pad(60 + random.nextInt(60)) : frame).bytes();
  }

  private FrameBuilder ipv4() {
    byte[] options = new byte[4 * Math.max(0, random.nextInt(20) - 10)];
    // All of them no-operations.
    Arrays.fill(options, (byte) 1);
    int fragment = fragment();
    return switch (random.nextInt(5)) {
      case 0, 1 -> segment().ipv4(address(), address(), IpProtocol.TCP, fragment, options);
      case 2, 3 -> datagram().ipv4(address(), address(), IpProtocol.UDP, fragment, options);
      default -> {
        FrameBuilder quoted = segment().ipv4(address(), address(), IpProtocol.TCP, 0, options);
        int length = options.length + ICMP_QUOTE + random.nextInt(20);
        yield quoted.truncate(length).icmp(3, 4, 1400).ipv4(address(), address(), IpProtocol.ICMP);
      }
    };
  }

  private int fragment() {
    return switch (random.nextInt(8)) {
      case 0 -> 0x2000;
      case 1 -> 1 + random.nextInt(0x1000);
      case 2 -> 0x2000 | (1 + random.nextInt(0x1000));
      default -> 0x4000;
    };
  }

  private FrameBuilder ipv6() {
    boolean tcp = random.nextBoolean();
    int header = tcp ? IpProtocol.TCP : IpProtocol.UDP;
    FrameBuilder frame = tcp ? segment() : datagram();
    if (random.nextInt(3) == 0) {
      int offset = random.nextInt(3) == 0 ? 0 : random.nextInt(0x8000);
      frame.fragment(header, offset, random.nextBoolean());
      header = IpProtocol.FRAGMENT;
    }
    for (int left = Math.max(0, random.nextInt(6) - 3); left > 0; left--) {
      boolean authentication = random.nextInt(3) == 0;
      if (authentication) {
        frame.authentication(header, 4 + 2 * random.nextInt(4));
      } else {
        frame.extension(header, 1 + random.nextInt(3));
      }
      header = authentication ? IpProtocol.AUTHENTICATION : IpProtocol.DESTINATION_OPTIONS;
    }
    if (random.nextInt(4) == 0) {
      frame.extension(header, 1 + random.nextInt(3));
      header = IpProtocol.HOP_BY_HOP;
    }
    return frame.ipv6(wideAddress(), wideAddress(), header, random.nextInt(256));
  }

  private FrameBuilder segment() {
    byte[] options = new byte[4 * random.nextInt(11)];
    Arrays.fill(options, (byte) 1);
    int flags = random.nextInt(256);
    return payload().tcp(port(), port(), flags, random.nextInt(), random.nextInt(), options);
  }

  private FrameBuilder datagram() {
    return payload().udp(port(), port());
  }

  /** A payload of zeros, of which no dissector makes anything. */
  private FrameBuilder payload() {
    return FrameBuilder.payload(new byte[8 * random.nextInt(12)]);
  }

  // Ports for which the oracle knows no protocol: it would read on, and find addresses further in.
  private int port() {
    return 49_152 + random.nextInt(16_384);
  }

  private long mac() {
    return random.nextLong() & 0xfeff_ffff_ffffL;
  }

  private String address() {
    return (1 + random.nextInt(223)) + "." + octet() + "." + octet() + "." + octet();
  }

  private int octet() {
    return random.nextInt(256);
  }

  private String wideAddress() {
    var text = new StringBuilder(Integer.toHexString(0x2000 + random.nextInt(0x1000)));
    for (int word = 1; word < 8; word++) {
      text.append(':').append(Integer.toHexString(random.nextInt(0x10000)));
    }
    return text.toString();
  }
}
