package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.ArpPacket;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.NeighbourFrames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Owns the IPv4 VIPs on the segment and finds the IPv4 servers: address resolution (RFC 826) with
 * the announcements and the address defense of RFC 5227.
 *
 * <p>Answers who has a VIP; announces the VIPs; learns from every ARP packet where servers are;
 * tells when somebody else claims a VIP, and announces it again. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class ArpHandler extends ChannelInboundHandlerAdapter {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-arp";

  private final long mac;
  private final NeighbourResolver.OnLink link;
  private final VipClaims claims;
  private final VipGates gates;
  private final Ticker ticker;
  private final EthernetFrame ethernet = new EthernetFrame();
  private final ArpPacket arp = new ArpPacket();

  private @Nullable ChannelHandlerContext context;
  private volatile Answers answers = Answers.NONE;

  /**
   * Creates a handler without VIPs.
   *
   * @param mac our MAC address, in the low 48 bits
   * @param gates asked before each answer and announcement
   */
  public ArpHandler(
      long mac,
      NeighbourResolver.OnLink link,
      NeighbourListener listener,
      Ticker ticker,
      VipGates gates) {
    this.gates = gates;
    this.mac = mac;
    this.link = link;
    this.ticker = ticker;
    this.claims = new VipClaims(ticker, listener);
  }

  /** Gives our own addresses and the VIPs that we answer for from now on. Any thread. */
  public void answer(OwnAddresses own, VipSet vips) {
    answers = new Answers(own, vips);
  }

  /** Gives the VIPs to announce; new ones are announced by the next {@link #tick}. Event loop. */
  public void claim(VipSet vips) {
    claims.vips(vips);
  }

  /** Announces every VIP now and twice more, and asks who else has it. Event loop. */
  public void announce() {
    claims.announce();
    tick();
  }

  /** Sends the announcements that are due. Event loop. */
  public void tick() {
    if (context == null) {
      return;
    }
    boolean sent = false;
    for (InetAddress vip : claims.due()) {
      if (vip.getAddress().length == Integer.BYTES && owns(Addresses.ipv4(vip))) {
        announce(context, vip);
        sent = true;
      }
    }
    if (sent) {
      context.flush();
    }
  }

  /**
   * Returns for how long no announcement is due, nanoseconds; not positive if one is. Event loop.
   */
  public long quietNanos() {
    return claims.quietNanos();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    this.context = added;
    link.probers(this::probe, null);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    boolean isArp =
        ethernet.wrap(frame)
            && ethernet.etherType() == EtherType.ARP
            && arp.wrap(frame, ethernet.payloadIndex())
            && !isOurs(arp.senderMac());
    if (!isArp) {
      context.fireChannelRead(message);
      return;
    }
    learn();
    if (arp.operation() == ArpPacket.REQUEST
        && answers.vips().contains(arp.targetIp())
        && owns(arp.targetIp())
        && !isClaim()) {
      answer(context, frame);
    } else {
      context.fireChannelRead(message);
    }
  }

  /** Returns whether we own a VIP at this moment. */
  private boolean owns(int vip) {
    return gates.now().isOpen(false, 0, Integer.toUnsignedLong(vip), ticker.nanos());
  }

  private boolean isOurs(long sender) {
    return sender == mac || answers.own().isOurs(sender);
  }

  private boolean isClaim() {
    return answers.vips().contains(arp.senderIp()) && owns(arp.senderIp());
  }

  private void learn() {
    if (arp.senderIp() == 0) {
      return;
    }
    InetAddress sender = address(arp.senderIp());
    if (isClaim()) {
      claims.claimed(sender, arp.senderMac());
    } else {
      link.seen(sender, arp.senderMac(), ticker.nanos());
    }
  }

  /** Turns the question into its answer, in the very frame. */
  private void answer(ChannelHandlerContext context, ByteBuf frame) {
    int vip = arp.targetIp();
    long asker = arp.senderMac();
    arp.operation(ArpPacket.REPLY).target(asker, arp.senderIp()).sender(mac, vip);
    ethernet.destination(asker).source(mac);
    context.writeAndFlush(frame, QuietPromises.promise(context));
  }

  private void announce(ChannelHandlerContext context, InetAddress vip) {
    int address = Addresses.ipv4(vip);
    ByteBuf announcement = context.alloc().buffer();
    NeighbourFrames.gratuitousArp(announcement, mac, address);
    context.write(announcement, QuietPromises.promise(context));
    // Whoever answers this has our VIP too.
    ByteBuf probe = context.alloc().buffer();
    NeighbourFrames.arpRequest(probe, NeighbourFrames.BROADCAST, mac, 0, address);
    context.write(probe, QuietPromises.promise(context));
  }

  private void probe(InetAddress server, long to) {
    ChannelHandlerContext context = this.context;
    if (context == null) {
      return;
    }
    ByteBuf question = context.alloc().buffer();
    NeighbourFrames.arpRequest(
        question,
        to == NeighbourProber.EVERYBODY ? NeighbourFrames.BROADCAST : to,
        mac,
        answers.own().ipv4For(server),
        Addresses.ipv4(server));
    context.writeAndFlush(question, QuietPromises.promise(context));
  }

  private static InetAddress address(int ipv4) {
    return Addresses.of(ipv4);
  }
}
