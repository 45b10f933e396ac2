package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.Verdict;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.netty.OneServer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DirectorHandlerTest {

  private static final int FLOWS = 100;

  private final Slots slots = new Slots(4);
  private final OverloadDetector load = new OverloadDetector(new ServerCounters(4), 4);
  private final Director director =
      new Director(
          slots,
          load,
          OneServer.BALANCER_MAC,
          new DirectorLimits(1000, HashKey.PLACEMENT, Admission.DEFAULT),
          0);
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
    OneServer.serve(director, slots, load, () -> now);
  }

  @Test
  void forgetsFlowsOnceTheFramesOfABatchAreSent() {
    for (int port = 1; port <= FLOWS; port++) {
      channel.writeInbound(OneServer.datagram(port));
    }
    assertThat(director.verdicts().of(Verdict.FORWARD_NEW)).isEqualTo(FLOWS);
    assertThat(channel.outboundMessages()).hasSize(FLOWS);
    now = Duration.ofMinutes(4).toNanos();
    channel.writeInbound(OneServer.datagram(1));
    now = Duration.ofMinutes(6).toNanos();
    remembered.clear();

    channel.writeInbound(OneServer.datagram(1));

    assertThat(director.verdicts().of(Verdict.FORWARD_FLOW)).isEqualTo(2);
    assertThat(remembered).containsExactly(FLOWS);
    assertThat(director.connections()).isEqualTo(1);
    channel.finishAndReleaseAll();
  }

  @Test
  void forgetsThemBeforeWhereANewFlowMayNeedTheirRoom() {
    channel.writeInbound(OneServer.datagram(1));
    now = Duration.ofMinutes(6).toNanos();
    remembered.clear();

    channel.writeInbound(OneServer.datagram(2));

    assertThat(director.verdicts().of(Verdict.FORWARD_NEW)).isEqualTo(2);
    assertThat(remembered).containsExactly(1);
    channel.finishAndReleaseAll();
  }

  /** The first fragment came with a tag, the one before it without, or the other way round. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tagsAFragmentThatWaitedByItsOwnHeader(boolean firstTagged) {
    OneServer.serve(director, slots, load, () -> now, RealServer.of(OneServer.SERVER).vlan(7));
    List<FrameBuilder> fragments =
        FrameBuilder.text("a query of two fragments")
            .udp(1, 53)
            .ipv4(OneServer.CLIENT, OneServer.VIP, 17)
            .fragments(9, 16);

    channel.writeInbound(frame(fragments.getLast(), !firstTagged));
    channel.writeInbound(frame(fragments.getFirst(), firstTagged));

    for (int sent = 0; sent < 2; sent++) {
      ByteBuf frame = channel.readOutbound();
      assertThat(frame.getInt(12)).as("frame " + sent).isEqualTo(0x8100_0007);
      assertThat(frame.getShort(16)).as("frame " + sent).isEqualTo((short) 0x0800);
      frame.release();
    }
    channel.finishAndReleaseAll();
  }

  private static ByteBuf frame(FrameBuilder packet, boolean tagged) {
    FrameBuilder framed = tagged ? packet.vlan(5, 0x0800) : packet;
    return framed.ethernet(OneServer.BALANCER_MAC, OneServer.ROUTER_MAC).buffer();
  }
}
