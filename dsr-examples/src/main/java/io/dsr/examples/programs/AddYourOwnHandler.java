package io.dsr.examples.programs;

import io.dsr.core.VirtualService;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.netty.DsrBalancer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.LongAdder;

/** A handler of your own in the balancer's Netty pipeline: it counts frames by their EtherType. */
public final class AddYourOwnHandler {

  private AddYourOwnHandler() {}

  /** Reads what passes and hands all of it on. One frame is one message, a {@link ByteBuf}. */
  static final class EtherTypeCounter extends ChannelInboundHandlerAdapter {

    // Written on the event loop, read by main.
    final LongAdder ipv4 = new LongAdder();
    final LongAdder ipv6 = new LongAdder();
    final LongAdder arp = new LongAdder();
    final LongAdder other = new LongAdder();

    // One view for all frames: wrap() moves it, and nothing is allocated for a frame.
    private final EthernetFrame ethernet = new EthernetFrame();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf frame && ethernet.wrap(frame)) {
        switch (ethernet.etherType()) {
          case EtherType.IPV4 -> ipv4.increment();
          case EtherType.IPV6 -> ipv6.increment();
          case EtherType.ARP -> arp.increment();
          default -> other.increment();
        }
      }
      // Whoever does not hand a frame on must release it: it lies in the kernel's receive ring.
      context.fireChannelRead(message);
    }
  }

  /** Balances port 80 of a VIP to one server, and prints the counts every second. */
  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length != 3) {
      System.err.println("usage: AddYourOwnHandler INTERFACE VIP SERVER");
      System.exit(2);
    }
    var counter = new EtherTypeCounter();
    try (DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface(arguments[0])
            .service(VirtualService.tcp(arguments[1], 80).realServer(arguments[2]))
            // First sees every frame that the socket's filter lets in: those for our VIPs, ARP and
            // neighbor discovery. What stands before DiscardHandler.NAME sees the left-overs.
            .pipeline(handlers -> handlers.addFirst("ether-types", counter))
            .build()) {
      balancer.start().sync();
      while (true) {
        Thread.sleep(1_000);
        System.out.printf(
            "IPv4 %d, IPv6 %d, ARP %d, other %d%n",
            counter.ipv4.sum(), counter.ipv6.sum(), counter.arp.sum(), counter.other.sum());
      }
    }
  }
}
