package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.Verdict;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.netty.OneServer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DirectorHandlerTest {

  private static final long OWN = 0x0200_0000_00aaL;
  private static final int FLOWS = 100;

  private final Slots slots = new Slots(4);
  private final OverloadDetector load = new OverloadDetector(new ServerCounters(4), 4);
  private final Director director =
      new Director(
          slots, load, OWN, new DirectorLimits(1000, HashKey.PLACEMENT, Admission.DEFAULT), 0);
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
}
