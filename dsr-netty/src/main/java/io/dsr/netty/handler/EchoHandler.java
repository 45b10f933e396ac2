package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.IcmpMessage;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.frame.Ipv4Packet;
import io.dsr.core.frame.Ipv6Packet;
import io.dsr.core.frame.VlanTag;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Answers echo requests to the VIPs, ICMP (RFC 792) and ICMPv6 (RFC 4443), in the very frame that
 * asks. A ping tells that the balancer is there; it says nothing of the servers.
 *
 * <p>Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class EchoHandler extends ChannelInboundHandlerAdapter {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-echo";

  private static final int HOPS = 64;

  private final long mac;
  private final VipGates gates;
  private final Ticker ticker;
  private final EthernetFrame ethernet = new EthernetFrame();
  private final VlanTag vlan = new VlanTag();
  private final Ipv4Packet ipv4 = new Ipv4Packet();
  private final Ipv6Packet ipv6 = new Ipv6Packet();
  private final IcmpMessage icmp = new IcmpMessage();

  private volatile VipSet vips = VipSet.EMPTY;

  /**
   * Creates a handler without VIPs.
   *
   * @param mac our MAC address, in the low 48 bits
   * @param gates asked before each answer
   */
  public EchoHandler(long mac, VipGates gates, Ticker ticker) {
    this.mac = mac;
    this.gates = gates;
    this.ticker = ticker;
  }

  /** Gives the VIPs that we answer for from now on. Any thread. */
  public void vips(VipSet now) {
    this.vips = now;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (answer(frame)) {
      context.writeAndFlush(frame, QuietPromises.promise(context));
    } else {
      context.fireChannelRead(message);
    }
  }

  private boolean answer(ByteBuf frame) {
    if (!ethernet.wrap(frame)) {
      return false;
    }
    int type = ethernet.etherType();
    int index = ethernet.payloadIndex();
    if (type == EtherType.VLAN && vlan.wrap(frame, index)) {
      type = vlan.etherType();
      index = vlan.payloadIndex();
    }
    boolean answered =
        switch (type) {
          case EtherType.IPV4 -> ipv4(frame, index);
          case EtherType.IPV6 -> ipv6(frame, index);
          default -> false;
        };
    if (answered) {
      ethernet.destination(ethernet.source()).source(mac);
    }
    return answered;
  }

  private boolean owns(boolean wide, long high, long low) {
    return gates.now().isOpen(wide, high, low, ticker.nanos());
  }

  private boolean ipv4(ByteBuf frame, int index) {
    if (!ipv4.wrap(frame, index)
        || ipv4.isFragment()
        || ipv4.protocol() != IpProtocol.ICMP
        || !vips.contains(ipv4.destination())
        || !icmp.wrap(frame, ipv4.payloadIndex(), ipv4.payloadLength(), false)
        || !icmp.isEchoRequest()
        || !owns(false, 0, Integer.toUnsignedLong(ipv4.destination()))) {
      return false;
    }
    int asker = ipv4.source();
    ipv4.source(ipv4.destination()).destination(asker).timeToLive(HOPS).computeChecksum();
    icmp.type(IcmpMessage.ECHO_REPLY);
    return true;
  }

  private boolean ipv6(ByteBuf frame, int index) {
    if (!ipv6.wrap(frame, index)
        || ipv6.nextHeader() != IpProtocol.ICMPV6
        || !vips.contains(ipv6.destinationHigh(), ipv6.destinationLow())
        || !icmp.wrap(frame, ipv6.transportIndex(), ipv6.transportLength(), true)
        || !icmp.isEchoRequest()
        || !owns(true, ipv6.destinationHigh(), ipv6.destinationLow())) {
      return false;
    }
    long high = ipv6.sourceHigh();
    long low = ipv6.sourceLow();
    ipv6.source(ipv6.destinationHigh(), ipv6.destinationLow()).destination(high, low);
    ipv6.hopLimit(HOPS);
    icmp.type(IcmpMessage.ECHO_REPLY_V6);
    return true;
  }
}
