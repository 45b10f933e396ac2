package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Defence;
import io.dsr.core.HashKey;
import io.dsr.core.VirtualService;
import io.dsr.core.director.Director;
import io.dsr.core.director.DirectorLimits;
import io.dsr.core.director.Planner;
import io.dsr.core.director.Verdict;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DirectorHandlerTest {

  private static final String SERVER = "192.0.2.21";
  private static final long OWN = 0x0200_0000_00aaL;
  private static final long SERVER_MAC = 0x0200_0000_00bbL;
  private static final int FLOWS = 100;

  private final Slots slots = new Slots(4);
  private final LoadWatch load = new LoadWatch(new ServerCounters(4), 4);
  private final Director director =
      new Director(
          slots, load, OWN, new DirectorLimits(1000, HashKey.PLACEMENT, Defence.DEFAULT), 0);
  private final List<Integer> remembered = new ArrayList<>();
  private long now;
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new DirectorHandler(director, () -> now),
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelReadComplete(ChannelHandlerContext context) {
              remembered.add(director.connections());
            }
          });

  @BeforeEach
  void serve() {
    Membership membership =
        Membership.empty(slots)
            .put(VirtualService.udp("192.0.2.10", 53).realServer(SERVER))
            .reachability(InetAddress.ofLiteral(SERVER), Reachability.REACHABLE);
    membership
        .services()
        .forEach(
            service -> service.members().forEach(member -> slots.mac(member.slot(), SERVER_MAC)));
    var planner = new Planner(load, HashKey.PLACEMENT, () -> now, 1000);
    director.plan(planner.plans(membership, planner.none()).getFirst(), now);
  }

  /** Returns a datagram of 10.0.0.1 to port 53 of the VIP, without its IPv4 checksum. */
  private static ByteBuf datagram(int port) {
    return Unpooled.wrappedBuffer(
        ByteBufUtil.decodeHexDump(
            "0200000000aa0200000000cc0800"
                + "4500001c00000000401100000a000001c000020a"
                + "%04x003500080000".formatted(port)));
  }

  @Test
  void forgetsFlowsOnceTheFramesOfABatchAreSent() {
    for (int port = 1; port <= FLOWS; port++) {
      channel.writeInbound(datagram(port));
    }
    assertThat(director.verdicts().of(Verdict.FORWARD_NEW)).isEqualTo(FLOWS);
    assertThat(channel.outboundMessages()).hasSize(FLOWS);
    now = Duration.ofMinutes(4).toNanos();
    channel.writeInbound(datagram(1));
    now = Duration.ofMinutes(6).toNanos();
    remembered.clear();

    channel.writeInbound(datagram(1));

    assertThat(director.verdicts().of(Verdict.FORWARD_FLOW)).isEqualTo(2);
    assertThat(remembered).containsExactly(FLOWS);
    assertThat(director.connections()).isEqualTo(1);
    channel.finishAndReleaseAll();
  }

  @Test
  void forgetsThemBeforeWhereANewFlowMayNeedTheirRoom() {
    channel.writeInbound(datagram(1));
    now = Duration.ofMinutes(6).toNanos();
    remembered.clear();

    channel.writeInbound(datagram(2));

    assertThat(director.verdicts().of(Verdict.FORWARD_NEW)).isEqualTo(2);
    assertThat(remembered).containsExactly(1);
    channel.finishAndReleaseAll();
  }
}
