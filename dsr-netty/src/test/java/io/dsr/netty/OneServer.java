package io.dsr.netty;

import io.dsr.core.HashKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.Director;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.List;

/** A DNS service of one server that is reached, for tests of what stands around a director. */
@SuppressWarnings("exports") // for tests of this module
public final class OneServer {

  private static final String SERVER = "192.0.2.21";
  private static final long SERVER_MAC = 0x0200_0000_00bbL;
  private static final int CLIENTS = 1_000;

  private OneServer() {}

  /** Gives a director the service. */
  public static void serve(Director director, Slots slots, OverloadDetector load, Ticker ticker) {
    Membership membership =
        Membership.empty(slots)
            .put(VirtualService.udp("192.0.2.10", 53).realServer(SERVER))
            .reachability(InetAddress.ofLiteral(SERVER), Reachability.REACHABLE);
    membership
        .services()
        .forEach(
            service -> service.members().forEach(member -> slots.mac(member.slot(), SERVER_MAC)));
    var tableBuilder = new ServiceTableBuilder(List.of(load), HashKey.PLACEMENT, ticker, CLIENTS);
    director.serviceTable(
        tableBuilder.serviceTables(membership, tableBuilder.none()).getFirst(), ticker.nanos());
  }

  /** Returns a datagram of 10.0.0.1 to port 53 of the VIP, without its IPv4 checksum. */
  public static ByteBuf datagram(int port) {
    return Unpooled.wrappedBuffer(
        ByteBufUtil.decodeHexDump(
            "0200000000aa0200000000cc0800"
                + "4500001c00000000401100000a000001c000020a"
                + "%04x003500080000".formatted(port)));
  }
}
