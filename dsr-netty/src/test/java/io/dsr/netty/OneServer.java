package io.dsr.netty;

import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.Director;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.List;

/** A DNS service of one server that is reached, for tests of what stands around a director. */
@SuppressWarnings("exports") // for tests of this module
public final class OneServer {

  /** The address of the service. */
  public static final String VIP = "192.0.2.10";

  /** The address of its server. */
  public static final String SERVER = "192.0.2.21";

  private static final long SERVER_MAC = 0x0200_0000_00bbL;

  /** The MAC address that frames come to. */
  public static final long BALANCER_MAC = 0x0200_0000_00aaL;

  /** The MAC address that frames come from. */
  public static final long ROUTER_MAC = 0x0200_0000_00ccL;

  /** The address of the client. */
  public static final String CLIENT = "10.0.0.1";

  private static final int CLIENTS = 1_000;

  private OneServer() {}

  /** Gives a director the service. */
  public static void serve(Director director, Slots slots, OverloadDetector load, Ticker ticker) {
    serve(director, slots, load, ticker, RealServer.of(SERVER));
  }

  /** Gives a director the service with that server. */
  public static void serve(
      Director director, Slots slots, OverloadDetector load, Ticker ticker, RealServer server) {
    Membership membership =
        Membership.empty(slots)
            .put(VirtualService.udp(VIP, 53).realServer(server))
            .reachability(InetAddress.ofLiteral(SERVER), Reachability.REACHABLE);
    membership
        .services()
        .forEach(
            service -> service.members().forEach(member -> slots.mac(member.slot(), SERVER_MAC)));
    var tableBuilder = new ServiceTableBuilder(List.of(load), HashKey.PLACEMENT, ticker, CLIENTS);
    director.serviceTable(
        tableBuilder.serviceTables(membership, tableBuilder.none()).getFirst(), ticker.nanos());
  }

  /** Returns a datagram of 10.0.0.1 to port 53 of the VIP. */
  public static ByteBuf datagram(int port) {
    return FrameBuilder.payload()
        .udp(port, 53)
        .ipv4(CLIENT, VIP, 17)
        .ethernet(BALANCER_MAC, ROUTER_MAC)
        .buffer();
  }
}
