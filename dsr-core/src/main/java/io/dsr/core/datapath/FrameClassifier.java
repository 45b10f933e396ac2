package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FragmentKey;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.IcmpMessage;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.frame.Ipv4Packet;
import io.dsr.core.frame.Ipv6Packet;
import io.dsr.core.frame.QuotedFlow;
import io.dsr.core.frame.SctpPacket;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.frame.UdpDatagram;
import io.dsr.core.frame.VlanTag;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads a frame down to the flow that it belongs to, or finds the reason why it belongs to none.
 *
 * <p>Event loop only; its views and its key serve every frame.
 */
final class FrameClassifier {

  /** What kind of flow {@link #flow} is after {@link #classify} has returned null. */
  enum Kind {
    /** A TCP segment from a client; {@link #tcp} is laid over it. */
    TCP,
    /** A UDP datagram from a client. */
    UDP,
    /** An SCTP packet from a client; {@link #sctp} is laid over it. */
    SCTP,
    /** A packet of another protocol from a client; its flow has no ports. */
    OTHER,
    /** A fragment that is not the first of its datagram: {@link #fragment} tells of which. */
    FRAGMENT,
    /** An ICMP or ICMPv6 error; the flow is the quoted one, seen from its client. */
    ERROR
  }

  /** In place of the index of a tag that is not there. */
  static final int UNTAGGED = -1;

  private static final int MAXIMUM_TAGS = 2;

  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final Ipv4Packet ipv4 = new Ipv4Packet();
  private final Ipv6Packet ipv6 = new Ipv6Packet();
  private final TcpSegment tcp = new TcpSegment();
  private final UdpDatagram udp = new UdpDatagram();
  private final SctpPacket sctp = new SctpPacket();
  private final IcmpMessage icmp = new IcmpMessage();
  private final QuotedFlow quoted = new QuotedFlow();
  private final FlowKey flow;
  private final FragmentKey fragment = new FragmentKey();
  private final boolean dropBogusFlags;

  private boolean firstFragment;
  private long source;
  private int tagIndex;
  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private Kind kind = Kind.TCP;

  FrameClassifier(HashKey placement, boolean dropBogusFlags) {
    this.flow = new FlowKey(placement);
    this.dropBogusFlags = dropBogusFlags;
  }

  /** Gives the service table whose VIPs are ours. */
  void serviceTable(ServiceTable serviceTable) {
    this.serviceTable = serviceTable;
  }

  EthernetFrame ethernet() {
    return ethernet;
  }

  /** Returns the MAC address that the frame comes from, if it has an Ethernet header. */
  long source() {
    return source;
  }

  TcpSegment tcp() {
    return tcp;
  }

  SctpPacket sctp() {
    return sctp;
  }

  FlowKey flow() {
    return flow;
  }

  /** Returns the datagram of a fragment: of one of that kind, or of a first one. */
  FragmentKey fragment() {
    return fragment;
  }

  /** Returns whether the frame holds the first of several fragments. */
  boolean isFirstFragment() {
    return firstFragment;
  }

  /** Returns the index of the frame's outermost VLAN tag, or {@link #UNTAGGED}. */
  int tagIndex() {
    return tagIndex;
  }

  Kind kind() {
    return kind;
  }

  /** Returns why the frame is not of a flow, or null if it is one of {@link #kind}. */
  @Nullable Verdict classify(ByteBuf frame) {
    firstFragment = false;
    tagIndex = UNTAGGED;
    if (!ethernet.wrap(frame)) {
      return Verdict.DROP_SHORT_ETHERNET;
    }
    long head = ethernet.sourceAndType();
    source = head >>> 16;
    int type = (int) head & 0xffff;
    int index = ethernet.payloadIndex();
    for (int tags = 0; EtherType.isTag(type); tags++) {
      if (tags == MAXIMUM_TAGS || !vlan.wrap(frame, index)) {
        return Verdict.DROP_BAD_VLAN;
      }
      tagIndex = tags == 0 ? index : tagIndex;
      type = vlan.etherType();
      index = vlan.payloadIndex();
    }
    return switch (type) {
      case EtherType.IPV4 -> ipv4(frame, index);
      case EtherType.IPV6 -> ipv6(frame, index);
      default -> Verdict.PASS_NOT_OURS;
    };
  }

  private @Nullable Verdict ipv4(ByteBuf frame, int index) {
    if (!ipv4.wrap(frame, index)) {
      return Verdict.DROP_BAD_IPV4;
    }
    int protocol = ipv4.protocol();
    flow.ipv4(ipv4.addresses()).transport(0, 0, protocol);
    if (ipv4.isFragment()) {
      fragment.ipv4(ipv4.source(), ipv4.destination(), ipv4.identification(), protocol);
      if (ipv4.isLaterFragment()) {
        return laterFragment(protocol);
      }
      firstFragment = true;
    }
    return protocol == IpProtocol.ICMP
        ? icmp(frame, ipv4.payloadIndex(), ipv4.payloadLength())
        : transport(frame, protocol, ipv4.payloadIndex(), ipv4.payloadLength());
  }

  private @Nullable Verdict ipv6(ByteBuf frame, int index) {
    if (!ipv6.wrap(frame, index)) {
      return Verdict.DROP_BAD_IPV6;
    }
    flow.ipv6(ipv6.sourceHigh(), ipv6.sourceLow(), ipv6.destinationHigh(), ipv6.destinationLow())
        .transport(0, 0, 0);
    if (!ipv6.walkExtensions()) {
      return ifOurs(Verdict.DROP_BAD_EXTENSION);
    }
    int protocol = ipv6.transportProtocol();
    if (ipv6.isFragment()) {
      fragment.ipv6(
          flow.sourceHigh(),
          flow.sourceLow(),
          flow.destinationHigh(),
          flow.destinationLow(),
          ipv6.fragmentIdentification());
      if (ipv6.isLaterFragment()) {
        return laterFragment(protocol);
      }
      firstFragment = true;
    }
    return protocol == IpProtocol.ICMPV6
        ? icmp(frame, ipv6.transportIndex(), ipv6.transportLength())
        : transport(frame, protocol, ipv6.transportIndex(), ipv6.transportLength());
  }

  private @Nullable Verdict transport(ByteBuf frame, int protocol, int index, int length) {
    return switch (protocol) {
      case IpProtocol.TCP -> tcp(frame, index, length);
      case IpProtocol.UDP -> udp(frame, index, length);
      case IpProtocol.SCTP -> sctp(frame, index, length);
      default -> other(protocol);
    };
  }

  private @Nullable Verdict tcp(ByteBuf frame, int index, int length) {
    if (!tcp.wrap(frame, index, length)) {
      return ifOurs(Verdict.DROP_BAD_TCP);
    }
    if (dropBogusFlags && TcpSegment.isBogus(tcp.flags())) {
      return ifOurs(Verdict.DROP_BOGUS_FLAGS);
    }
    kind(Kind.TCP);
    int ports = tcp.ports();
    flow.transport(ports >>> 16, ports & 0xffff, IpProtocol.TCP);
    return linkGroup();
  }

  private @Nullable Verdict udp(ByteBuf frame, int index, int length) {
    boolean fits =
        firstFragment
            ? udp.wrapFirstFragment(frame, index, length)
            : udp.wrap(frame, index, length);
    if (!fits) {
      return ifOurs(Verdict.DROP_BAD_UDP);
    }
    kind(Kind.UDP);
    int ports = udp.ports();
    flow.transport(ports >>> 16, ports & 0xffff, IpProtocol.UDP);
    return linkGroup();
  }

  private @Nullable Verdict sctp(ByteBuf frame, int index, int length) {
    boolean fits =
        firstFragment
            ? sctp.wrapFirstFragment(frame, index, length)
            : sctp.wrap(frame, index, length);
    if (!fits) {
      return ifOurs(Verdict.DROP_BAD_SCTP);
    }
    kind(Kind.SCTP);
    flow.transport(sctp.sourcePort(), sctp.destinationPort(), IpProtocol.SCTP);
    return linkGroup();
  }

  private @Nullable Verdict other(int protocol) {
    kind(Kind.OTHER);
    flow.transport(0, 0, protocol);
    return linkGroup();
  }

  private @Nullable Verdict laterFragment(int protocol) {
    boolean icmp = protocol == (flow.isIpv6() ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
    if (icmp || !serviceTable.isVip(flow)) {
      return ifOurs(Verdict.DROP_FRAGMENT);
    }
    boolean more = flow.isIpv6() && Ipv6Packet.isExtension(protocol);
    if (!more && !hasPorts(protocol)) {
      return other(protocol);
    }
    kind(Kind.FRAGMENT);
    return linkGroup();
  }

  private @Nullable Verdict icmp(ByteBuf frame, int index, int length) {
    if (!serviceTable.isVip(flow)) {
      return Verdict.PASS_NOT_OURS;
    }
    if (firstFragment) {
      return Verdict.DROP_FRAGMENT;
    }
    if (!icmp.wrap(frame, index, length, flow.isIpv6())) {
      return Verdict.DROP_BAD_ICMP;
    }
    if (icmp.isEchoRequest()) {
      return Verdict.PASS_ECHO;
    }
    if (icmp.isNeighbourDiscovery()) {
      return Verdict.PASS_NOT_OURS;
    }
    return icmp.isError() ? error(frame) : Verdict.DROP_ICMP_TYPE;
  }

  private @Nullable Verdict error(ByteBuf frame) {
    int index = icmp.bodyIndex();
    int length = icmp.bodyLength();
    boolean whole =
        flow.isIpv6()
            ? quoted.wrapIpv6(frame, index, length)
            : quoted.wrapIpv4(frame, index, length);
    if (!whole) {
      return Verdict.DROP_BAD_ICMP;
    }
    int protocol = quoted.protocol();
    kind(Kind.ERROR);
    // The quoted packet went from the VIP to the client: its flow is the other way round.
    boolean ports = hasPorts(protocol);
    int clientPort = ports ? quoted.destinationPort() : 0;
    int servicePort = ports ? quoted.sourcePort() : 0;
    if (flow.isIpv6()) {
      flow.ipv6(
              /* sourceHigh= */ quoted.destinationHigh(),
              /* sourceLow= */ quoted.destinationLow(),
              /* destinationHigh= */ quoted.sourceHigh(),
              /* destinationLow= */ quoted.sourceLow())
          .transport(clientPort, servicePort, protocol);
    } else {
      int client = (int) quoted.destinationLow();
      flow.ipv4(client, (int) quoted.sourceLow(), clientPort, servicePort, protocol);
    }
    return linkGroup();
  }

  /** Returns whether flows of the protocol are told apart by ports. */
  static boolean hasPorts(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP || protocol == IpProtocol.SCTP;
  }

  private void kind(Kind now) {
    if (kind != now) { // storing a reference costs more than comparing it
      kind = now;
    }
  }

  private @Nullable Verdict linkGroup() {
    return ((ethernet.destination() >> 40) & 1) == 0 ? null : ifOurs(Verdict.DROP_LINK_MULTICAST);
  }

  private Verdict ifOurs(Verdict verdict) {
    return serviceTable.isVip(flow) ? verdict : Verdict.PASS_NOT_OURS;
  }
}
