package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;

/**
 * Writes the frames by which hosts of one link find each other: ARP for IPv4 (RFC 826, RFC 5227),
 * neighbor discovery for IPv6 (RFC 4861). Each method appends one whole frame, padded to 60 bytes
 * where it is shorter.
 */
public final class NeighbourFrames {

  /** Every station of the link. */
  public static final long BROADCAST = 0xffff_ffff_ffffL;

  /** The first eight octets of the group of all nodes, ff02::1, whose last are {@code 1}. */
  public static final long ALL_NODES_HIGH = 0xff02_0000_0000_0000L;

  private static final long ALL_NODES_LOW = 1;
  private static final long SOLICITED_NODE_LOW = 0x0000_0001_ff00_0000L;
  private static final long MULTICAST_MAC = 0x3333_0000_0000L;
  private static final int LOW_24_BITS = 0xff_ffff;
  private static final int SHORTEST_FRAME = 60;
  private static final int SOURCE_LINK_ADDRESS = 1;
  private static final int TARGET_LINK_ADDRESS = 2;
  private static final int OPTION_LENGTH = 8;
  private static final int SOLICITED_AND_OVERRIDE = 0x60;
  private static final int OVERRIDE = 0x20;

  private NeighbourFrames() {}

  /**
   * An IPv6 host of the link.
   *
   * @param mac its MAC address in the low 48 bits
   * @param high the first eight octets of its address
   * @param low the last eight octets of its address
   */
  public record Host(long mac, long high, long low) {

    /** Returns whether the address is the unspecified one, {@code ::}. */
    public boolean isUnspecified() {
      return (high | low) == 0;
    }
  }

  /**
   * Appends the question who has {@code target}.
   *
   * @param to the MAC address to ask, {@link #BROADCAST} for all
   * @param sender the asker's own address, 0 if it has none on this subnet
   */
  public static void arpRequest(ByteBuf out, long to, long mac, int sender, int target) {
    int start = out.writerIndex();
    EthernetFrame.append(out, to, mac, EtherType.ARP);
    ArpPacket.append(out, ArpPacket.REQUEST, mac, sender, 0, target);
    out.writeZero(SHORTEST_FRAME - (out.writerIndex() - start));
  }

  /** Appends what announces to everybody that {@code address} is at {@code mac}. */
  public static void gratuitousArp(ByteBuf out, long mac, int address) {
    arpRequest(out, BROADCAST, mac, address, address);
  }

  /**
   * Appends the question who has the address {@code high}, {@code low}.
   *
   * @param from the asker; with an unspecified address where it has none
   * @param to the MAC address to ask, {@link #BROADCAST} for the target's solicited-node group
   */
  public static void solicitation(ByteBuf out, Host from, long to, long high, long low) {
    long groupLow = SOLICITED_NODE_LOW | (low & LOW_24_BITS);
    boolean everybody = to == BROADCAST;
    Host receiver =
        everybody
            ? new Host(MULTICAST_MAC | (groupLow & 0xffff_ffffL), ALL_NODES_HIGH, groupLow)
            : new Host(to, high, low);
    int option = from.isUnspecified() ? 0 : SOURCE_LINK_ADDRESS;
    message(out, from, receiver, option, NeighbourMessage.SOLICITATION, 0, high, low);
  }

  /**
   * Appends the answer that {@code from} has its own address.
   *
   * @param to who asked; with an unspecified address if the asker has none yet, and then everybody
   *     is told
   */
  public static void advertisement(ByteBuf out, Host from, Host to) {
    Host receiver = to.isUnspecified() ? allNodes() : to;
    int flags = to.isUnspecified() ? OVERRIDE : SOLICITED_AND_OVERRIDE;
    message(
        out,
        from,
        receiver,
        TARGET_LINK_ADDRESS,
        NeighbourMessage.ADVERTISEMENT,
        flags,
        from.high(),
        from.low());
  }

  /** Appends what announces to everybody that {@code from} has its own address. */
  public static void announcement(ByteBuf out, Host from) {
    advertisement(out, from, new Host(0, 0, 0));
  }

  /** Returns the MAC address of the group of all nodes, with that group's address. */
  public static Host allNodes() {
    return new Host(MULTICAST_MAC | ALL_NODES_LOW, ALL_NODES_HIGH, ALL_NODES_LOW);
  }

  /** Appends a message with its headers and, unless {@code option} is 0, the sender's MAC. */
  private static void message(
      ByteBuf out, Host from, Host to, int option, int type, int flags, long high, long low) {
    int length = NeighbourMessage.HEADER_LENGTH + (option == 0 ? 0 : OPTION_LENGTH);
    EthernetFrame.append(out, to.mac(), from.mac(), EtherType.IPV6);
    int ip = out.writerIndex();
    Ipv6Packet.append(out, from.high(), from.low(), to.high(), to.low(), IpProtocol.ICMPV6, length);
    out.setByte(ip + Ipv6Packet.HOP_LIMIT, NeighbourMessage.HOP_LIMIT);
    int start = out.writerIndex();
    NeighbourMessage.append(out, type, flags, high, low);
    if (option != 0) {
      NeighbourMessage.appendOption(out, option, from.mac());
    }
    long sum = InternetChecksum.sum(out, ip + Ipv6Packet.SOURCE, start - ip - Ipv6Packet.SOURCE, 0);
    long whole = InternetChecksum.sum(out, start, length, sum + IpProtocol.ICMPV6 + length);
    out.setShort(start + IcmpMessage.CHECKSUM, InternetChecksum.of(whole));
  }
}
