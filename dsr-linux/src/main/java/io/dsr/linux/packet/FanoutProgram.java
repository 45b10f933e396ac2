package io.dsr.linux.packet;

import static io.dsr.linux.packet.FilterAssembler.JUMP;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_EQUAL;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_GREATER;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_SET;
import static io.dsr.linux.packet.FilterAssembler.LOAD_BYTE;
import static io.dsr.linux.packet.FilterAssembler.LOAD_BYTE_BEHIND;
import static io.dsr.linux.packet.FilterAssembler.LOAD_HALF;
import static io.dsr.linux.packet.FilterAssembler.LOAD_HEADER_LENGTH;
import static io.dsr.linux.packet.FilterAssembler.LOAD_WORD;
import static io.dsr.linux.packet.FilterAssembler.LOAD_WORD_BEHIND;

import java.net.InetAddress;

/**
 * Chooses, for each frame of an interface, one of the sockets that share it by the address of the
 * client: a program of classic BPF for PACKET_FANOUT_CBPF (packet(7)), so no CAP_BPF is needed.
 *
 * <ul>
 *   <li>An IPv4 or IPv6 packet goes by its source, whatever it carries: so all fragments of a
 *       datagram meet, in whichever order they come, and echo requests too.
 *   <li>An ICMP error (3, 4, 11, 12) or ICMPv6 error (below 128) comes from some router and quotes
 *       what the virtual address sent: it goes by the <em>destination</em> of the quoted packet,
 *       which is the client. IPv4 options are stepped over. A fragment of an error, and an ICMPv6
 *       error behind extension headers, goes by its source.
 *   <li>ARP, neighbor discovery (133 to 137 directly behind the fixed header), what is not IP, too
 *       short to tell, or the host's own output goes to socket 0.
 * </ul>
 *
 * <p>The kernel takes the outer VLAN tag off before; a second one is looked behind, and a third
 * leads to socket 0. Whether a packet is well-formed is not asked: it is for one socket in any
 * case.
 *
 * <p>Of the received frame the kernel shows what follows the Ethernet header; offsets count from
 * there. They are not SKF_NET_OFF ones: before Linux 6.16 those fail where a driver leaves the
 * headers outside of the buffer's linear part. Own output is shown from the Ethernet header on, so
 * it is recognised first.
 *
 * <p>The hash has a random key for each program, is even for neighbouring addresses, and does not
 * change while the program lives. {@link #socketOf} computes the same in Java. Immutable.
 */
public final class FanoutProgram {

  /** The most sockets to choose from. */
  public static final int MAXIMUM_SOCKETS = 64;

  private static final int WHOLE_IPV4 = 32;
  private static final int WHOLE_IPV6 = 128;

  private static final int PACKET_TYPE = -0x1000 + 4; // SKF_AD_OFF + SKF_AD_PKTTYPE
  private static final int PROTOCOL = -0x1000; // SKF_AD_OFF + SKF_AD_PROTOCOL
  private static final int PACKET_OUTGOING = 4;

  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int VLAN = 0x8100;
  private static final int QINQ = 0x88a8;
  private static final int TAGGED_TYPE = 2; // of what follows the first two octets of a tag
  private static final int TAG_LENGTH = 4;

  private static final int IPV4_FRAGMENT = 6;
  private static final int IPV4_FRAGMENT_BITS = 0x3fff; // more fragments, or an offset
  private static final int IPV4_PROTOCOL = 9;
  private static final int IPV4_SOURCE = 12;
  private static final int IPV4_QUOTED_DESTINATION = 8 + 16; // behind the header of any length
  private static final int ICMP = 1;
  private static final int UNREACHABLE = 3;
  private static final int SOURCE_QUENCH = 4;
  private static final int TIME_EXCEEDED = 11;
  private static final int PARAMETER_PROBLEM = 12;

  private static final int IPV6_NEXT_HEADER = 6;
  private static final int IPV6_SOURCE = 8;
  private static final int ICMPV6_TYPE = 40;
  private static final int IPV6_QUOTED_DESTINATION = 40 + 8 + 24;
  private static final int ICMPV6 = 58;
  private static final int LAST_ERROR = 127;
  private static final int FIRST_DISCOVERY = 133;
  private static final int LAST_DISCOVERY = 137;

  private final int sockets;
  private final ClientHash ipv4;
  private final ClientHash ipv6;
  private final PacketFilter program;

  private FanoutProgram(int sockets, ClientHash ipv4, ClientHash ipv6) {
    this.sockets = sockets;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.program = new PacketFilter(assemble());
  }

  /**
   * Returns a program that spreads clients, each by its whole address.
   *
   * @param sockets from 1 to {@link #MAXIMUM_SOCKETS}
   */
  public static FanoutProgram byClient(int sockets) {
    return byClient(sockets, WHOLE_IPV4, WHOLE_IPV6);
  }

  /**
   * Returns a program that keeps clients of one network together: for where state is kept, or a
   * limit counted, for networks of clients.
   *
   * @param sockets from 1 to {@link #MAXIMUM_SOCKETS}
   * @param ipv4Length the leading bits of an IPv4 address that count, from 1 to 32
   * @param ipv6Length the leading bits of an IPv6 address that count, from 1 to 128
   */
  public static FanoutProgram byClient(int sockets, int ipv4Length, int ipv6Length) {
    check("sockets", sockets, MAXIMUM_SOCKETS);
    check("ipv4Length", ipv4Length, WHOLE_IPV4);
    check("ipv6Length", ipv6Length, WHOLE_IPV6);
    return new FanoutProgram(
        sockets,
        ClientHash.withRandomKey(ipv4Length, sockets),
        ClientHash.withRandomKey(ipv6Length, sockets));
  }

  private static void check(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 1 to " + most + ")");
    }
  }

  /** Returns how many sockets there are to choose from. */
  public int sockets() {
    return sockets;
  }

  /** Returns the number of the socket that gets the packets of {@code client}. */
  public int socketOf(InetAddress client) {
    byte[] octets = client.getAddress();
    return (octets.length == Integer.BYTES ? ipv4 : ipv6).of(octets);
  }

  ClientHash ipv4() {
    return ipv4;
  }

  ClientHash ipv6() {
    return ipv6;
  }

  PacketFilter program() {
    return program;
  }

  private long[] assemble() {
    var main = new FilterAssembler();
    main.add(LOAD_BYTE, PACKET_TYPE);
    main.add(JUMP_IF_EQUAL, 0, 1, PACKET_OUTGOING);
    main.answer(0);
    main.add(LOAD_HALF, PROTOCOL);
    addPackets(main, 0);
    main.add(JUMP_IF_EQUAL, 2, 0, VLAN);
    main.add(JUMP_IF_EQUAL, 1, 0, QINQ);
    main.answer(0);
    main.add(LOAD_HALF, TAGGED_TYPE);
    addPackets(main, TAG_LENGTH);
    main.answer(0);
    return main.toArray();
  }

  /** Looks at A, an EtherType, and goes on behind the end if it is not IP's. */
  private void addPackets(FilterAssembler main, int start) {
    addIfEqual(main, IPV4, ipv4Packet(start));
    addIfEqual(main, IPV6, ipv6Packet(start));
  }

  private static void addIfEqual(FilterAssembler main, int value, FilterAssembler then) {
    main.add(JUMP_IF_EQUAL, 1, 0, value);
    main.add(JUMP, then.length());
    main.append(then);
  }

  private FilterAssembler ipv4Packet(int start) {
    var packet = new FilterAssembler();
    packet.add(LOAD_BYTE, start + IPV4_PROTOCOL);
    packet.add(JUMP_IF_EQUAL, 0, 10, ICMP);
    packet.add(LOAD_HALF, start + IPV4_FRAGMENT);
    packet.add(JUMP_IF_SET, 8, 0, IPV4_FRAGMENT_BITS);
    packet.add(LOAD_HEADER_LENGTH, start);
    packet.add(LOAD_BYTE_BEHIND, start);
    packet.add(JUMP_IF_EQUAL, 3, 0, UNREACHABLE);
    packet.add(JUMP_IF_EQUAL, 2, 0, SOURCE_QUENCH);
    packet.add(JUMP_IF_EQUAL, 1, 0, TIME_EXCEEDED);
    packet.add(JUMP_IF_EQUAL, 0, 2, PARAMETER_PROBLEM);
    packet.add(LOAD_WORD_BEHIND, start + IPV4_QUOTED_DESTINATION);
    packet.add(JUMP, 1);
    packet.add(LOAD_WORD, start + IPV4_SOURCE);
    ipv4.addAnswer(packet);
    return packet;
  }

  private FilterAssembler ipv6Packet(int start) {
    FilterAssembler bySource = ipv6Address(start + IPV6_SOURCE);
    var packet = new FilterAssembler();
    packet.add(LOAD_BYTE, start + IPV6_NEXT_HEADER);
    packet.add(JUMP_IF_EQUAL, 0, 5, ICMPV6);
    packet.add(LOAD_BYTE, start + ICMPV6_TYPE);
    packet.add(JUMP_IF_GREATER, 0, bySource.length() + 3, LAST_ERROR);
    packet.add(JUMP_IF_GREATER, 0, 2, FIRST_DISCOVERY - 1);
    packet.add(JUMP_IF_GREATER, 1, 0, LAST_DISCOVERY);
    packet.answer(0);
    packet.append(bySource);
    packet.append(ipv6Address(start + IPV6_QUOTED_DESTINATION));
    return packet;
  }

  private FilterAssembler ipv6Address(int start) {
    var address = new FilterAssembler();
    address.add(LOAD_WORD, start);
    ipv6.addAnswer(address, start + Integer.BYTES);
    return address;
  }

  @Override
  public String toString() {
    return "FanoutProgram[" + sockets + " sockets, " + program.length() + " instructions]";
  }
}
