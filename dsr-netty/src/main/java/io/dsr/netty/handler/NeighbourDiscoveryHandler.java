package io.dsr.netty.handler;

import io.dsr.core.Ticker;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.frame.Ipv6Packet;
import io.dsr.core.frame.NeighbourFrames;
import io.dsr.core.frame.NeighbourFrames.Host;
import io.dsr.core.frame.NeighbourMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Owns the IPv6 VIPs on the segment and finds the IPv6 servers: neighbor discovery (RFC 4861).
 *
 * <p>Answers solicitations for a VIP; announces the VIPs to all nodes; learns from every genuine
 * message where servers are; tells when somebody else claims a VIP, and announces it again. Event
 * loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames that are lost
public final class NeighbourDiscoveryHandler extends ChannelInboundHandlerAdapter {

  /** The handler's name in a balancer's pipeline. */
  public static final String NAME = "dsr-neighbour-discovery";

  private final long mac;
  private final NeighbourResolver.OnLink link;
  private final VipClaims claims;
  private final VipGates gates;
  private final Ticker ticker;
  private final EthernetFrame ethernet = new EthernetFrame();
  private final Ipv6Packet ip = new Ipv6Packet();
  private final NeighbourMessage neighbour = new NeighbourMessage();

  private @Nullable ChannelHandlerContext context;
  private volatile Answers answers = Answers.NONE;

  /**
   * Creates a handler without VIPs.
   *
   * @param mac our MAC address, in the low 48 bits
   * @param gates asked before each answer and announcement
   */
  public NeighbourDiscoveryHandler(
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
      ByteBuffer octets = ByteBuffer.wrap(vip.getAddress());
      if (octets.remaining() > Integer.BYTES
          && owns(octets.getLong(0), octets.getLong(Long.BYTES))) {
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
    link.probers(null, this::probe);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (!isNeighbourMessage(frame)) {
      context.fireChannelRead(message);
      return;
    }
    long high = neighbour.targetHigh();
    long low = neighbour.targetLow();
    boolean ours = answers.vips().contains(high, low) && owns(high, low);
    if (neighbour.isSolicitation()) {
      solicited(context, ours);
    } else {
      advertised(ours);
    }
    context.fireChannelRead(message);
  }

  /** Returns whether we own a VIP at this moment. */
  private boolean owns(long high, long low) {
    return gates.now().isOpen(true, high, low, ticker.nanos());
  }

  private boolean isNeighbourMessage(ByteBuf frame) {
    return ethernet.wrap(frame)
        && ethernet.etherType() == EtherType.IPV6
        && ip.wrap(frame, ethernet.payloadIndex())
        && ip.nextHeader() == IpProtocol.ICMPV6
        && neighbour.wrap(frame, ip.transportIndex(), ip.transportLength())
        && ethernet.source() != mac
        && !answers.own().isOurs(ethernet.source())
        && neighbour.isGenuine(ip);
  }

  private void solicited(ChannelHandlerContext context, boolean ours) {
    Host asker = new Host(ethernet.source(), ip.sourceHigh(), ip.sourceLow());
    if (!asker.isUnspecified() && neighbour.sourceMac() != NeighbourMessage.NO_MAC) {
      InetAddress address = Addresses.of(asker.high(), asker.low());
      link.seen(address, neighbour.sourceMac(), ticker.nanos());
    }
    if (ours) {
      ByteBuf answer = context.alloc().buffer();
      Host vip = new Host(mac, neighbour.targetHigh(), neighbour.targetLow());
      NeighbourFrames.advertisement(answer, vip, asker);
      context.writeAndFlush(answer, QuietPromises.promise(context));
    }
    // A host that asks from nowhere wants the address for itself (RFC 4862 section 5.4).
    if (ours && asker.isUnspecified()) {
      claimed(ethernet.source());
    }
  }

  private void advertised(boolean ours) {
    boolean given = neighbour.targetMac() != NeighbourMessage.NO_MAC;
    long owner = given ? neighbour.targetMac() : ethernet.source();
    if (ours) {
      claimed(owner);
    } else {
      InetAddress address = Addresses.of(neighbour.targetHigh(), neighbour.targetLow());
      link.seen(address, owner, ticker.nanos());
    }
  }

  private void claimed(long claimant) {
    InetAddress vip = Addresses.of(neighbour.targetHigh(), neighbour.targetLow());
    claims.claimed(vip, claimant);
  }

  private void announce(ChannelHandlerContext context, InetAddress vip) {
    ByteBuffer octets = ByteBuffer.wrap(vip.getAddress());
    Host host = new Host(mac, octets.getLong(), octets.getLong());
    ByteBuf announcement = context.alloc().buffer();
    NeighbourFrames.announcement(announcement, host);
    context.write(announcement, QuietPromises.promise(context));
    // Whoever answers this has our VIP too.
    ByteBuf probe = context.alloc().buffer();
    NeighbourFrames.solicitation(
        probe, new Host(mac, 0, 0), NeighbourFrames.BROADCAST, host.high(), host.low());
    context.write(probe, QuietPromises.promise(context));
  }

  private void probe(InetAddress server, long to) {
    ChannelHandlerContext context = this.context;
    if (context == null) {
      return;
    }
    ByteBuffer target = ByteBuffer.wrap(server.getAddress());
    ByteBuffer source = answers.own().linkLocal();
    ByteBuf question = context.alloc().buffer();
    NeighbourFrames.solicitation(
        question,
        new Host(mac, source.getLong(), source.getLong()),
        to == NeighbourProber.EVERYBODY ? NeighbourFrames.BROADCAST : to,
        target.getLong(),
        target.getLong());
    context.writeAndFlush(question, QuietPromises.promise(context));
  }
}
