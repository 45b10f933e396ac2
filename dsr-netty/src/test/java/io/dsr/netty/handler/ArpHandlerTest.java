package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.NeighbourFrames;
import io.dsr.core.membership.Slots;
import io.dsr.netty.handler.OwnAddresses.Subnet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ArpHandlerTest {

  private static final InetAddress VIP = InetAddress.ofLiteral("192.0.2.10");
  private static final VipSet VIPS = new VipSet(List.of(IpPrefix.of(VIP)));
  private static final InetAddress SERVER = InetAddress.ofLiteral("192.0.2.21");
  private static final int VIP_BITS = 0xc000_020a;
  private static final int SERVER_BITS = 0xc000_0215;
  private static final int CLIENT_BITS = 0xc000_0263;
  private static final long MAC = 0x0200_0000_00aaL;
  private static final long CLIENT_MAC = 0x0200_0000_00ccL;
  private static final long SERVER_MAC = 0x0200_0000_00bbL;

  private final RecordingListener listener = new RecordingListener();
  private final Slots slots = new Slots(1);
  private long now;
  private final NeighbourResolver resolver =
      new NeighbourResolver(
          slots,
          new NeighbourResolver.Timings(
              Duration.ofSeconds(1), Duration.ofSeconds(15), /* probes= */ 6),
          listener);
  private final VipGates gates = new VipGates(/* open= */ true);
  private final ArpHandler handler =
      new ArpHandler(MAC, resolver.on(0), listener, () -> now, gates);
  private final EmbeddedChannel channel = new EmbeddedChannel(handler);

  @Test
  void answersWhoHasAVipInTheVeryFrame() {
    vips();
    ByteBuf question = Unpooled.buffer();
    NeighbourFrames.arpRequest(
        question, NeighbourFrames.BROADCAST, CLIENT_MAC, CLIENT_BITS, VIP_BITS);

    channel.writeInbound(question);

    assertThat(sent())
        .containsExactly(
            hex(
                "0200000000cc 0200000000aa 0806 0001 0800 06 04 0002"
                    + "0200000000aa c000020a 0200000000cc c0000263"));
  }

  @Test
  void neitherAnswersNorAnnouncesAVipWhoseGateIsClosed() {
    gates.set(VipGates.Deadlines.of(Set.of(IpPrefix.of(VIP)), Map.of(IpPrefix.of(VIP), 10L), 0));
    now = 10;
    vips();
    ByteBuf question = Unpooled.buffer();
    NeighbourFrames.arpRequest(
        question, NeighbourFrames.BROADCAST, CLIENT_MAC, CLIENT_BITS, VIP_BITS);
    channel.writeInbound(question.copy());
    handler.announce();
    assertThat(sent()).isEmpty();

    now = 9;
    channel.writeInbound(question);
    assertThat(sent()).hasSize(1);
    channel.releaseInbound();
  }

  @Test
  void leavesOtherQuestionsToOthers() {
    vips();
    ByteBuf question = Unpooled.buffer();
    NeighbourFrames.arpRequest(
        question, NeighbourFrames.BROADCAST, CLIENT_MAC, CLIENT_BITS, SERVER_BITS);

    assertThat(channel.writeInbound(question)).isTrue();
    assertThat(sent()).isEmpty();
    channel.releaseInbound();
  }

  @Test
  void announcesEachVipThreeTimesAndAsksWhoElseHasIt() {
    vips();
    List<String> all = new ArrayList<>();
    for (int tick = 0; tick < 100; tick++) {
      now = TimeUnit.MILLISECONDS.toNanos(tick * 100L);
      handler.tick();
      all.addAll(sent());
    }

    String announcement =
        hex(
            "ffffffffffff 0200000000aa 0806 0001 0800 06 04 0001"
                + "0200000000aa c000020a 000000000000 c000020a");
    String probe =
        hex(
            "ffffffffffff 0200000000aa 0806 0001 0800 06 04 0001"
                + "0200000000aa 00000000 000000000000 c000020a");
    assertThat(all).containsExactly(announcement, probe, announcement, probe, announcement, probe);
  }

  @Test
  void saysForHowLongNothingNeedBeAnnounced() {
    assertThat(handler.quietNanos()).isNotPositive();
    vips();
    for (int announcement = 0; announcement < 4; announcement++) {
      assertThat(handler.quietNanos()).isNotPositive();
      handler.tick();
      assertThat(sent()).hasSize(2);

      long quiet = handler.quietNanos();
      assertThat(quiet).isEqualTo(TimeUnit.SECONDS.toNanos(announcement < 2 ? 1 : 60));
      now += quiet - 1;
      handler.tick();
      assertThat(sent()).isEmpty();
      now++;
    }

    handler.tick();
    assertThat(handler.quietNanos()).isPositive();
    channel.writeInbound(gratuitous(SERVER_MAC));
    assertThat(handler.quietNanos()).isNotPositive();
    channel.releaseInbound();
    sent();
  }

  @Test
  void tellsOfAnotherOwnerOnceInTenSecondsAndDefendsTheVip() {
    vips();
    quiet();
    channel.writeInbound(gratuitous(SERVER_MAC));
    channel.writeInbound(gratuitous(SERVER_MAC));
    handler.tick();

    assertThat(listener.told).containsExactly("conflict /192.0.2.10 02:00:00:00:00:bb");
    assertThat(sent()).hasSize(2);

    now += TimeUnit.SECONDS.toNanos(11);
    channel.writeInbound(gratuitous(SERVER_MAC));

    assertThat(listener.told).hasSize(2);
    channel.releaseInbound();
  }

  @Test
  void asksForAServerFromOurOwnAddressInItsSubnetAndNeverFromTheVip() {
    var own =
        new OwnAddresses(
            List.of(
                new Subnet(InetAddress.ofLiteral("198.51.100.1"), 24),
                new Subnet(InetAddress.ofLiteral("192.0.2.5"), 24)));
    handler.answer(own, VIPS);
    handler.claim(VIPS);
    resolver.servers(Map.of(SERVER, new int[] {0}), now);

    assertThat(sent())
        .containsExactly(
            hex(
                "ffffffffffff 0200000000aa 0806 0001 0800 06 04 0001"
                    + "0200000000aa c0000205 000000000000 c0000215"));
  }

  @Test
  void asksFromNowhereWhereWeHaveNoAddressInTheServersSubnet() {
    vips();
    resolver.servers(Map.of(SERVER, new int[] {0}), now);

    assertThat(sent().getFirst().substring(56, 64)).isEqualTo("00000000");
  }

  @Test
  void learnsWhereAServerIsFromAnyPacketOfIts() {
    vips();
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    ByteBuf question = Unpooled.buffer();
    NeighbourFrames.arpRequest(
        question, NeighbourFrames.BROADCAST, SERVER_MAC, SERVER_BITS, CLIENT_BITS);
    channel.writeInbound(question);

    assertThat(slots.mac(0)).isEqualTo(SERVER_MAC);
    assertThat(listener.told).containsExactly("resolved /192.0.2.21 02:00:00:00:00:bb");
    channel.releaseInbound();
  }

  private void vips() {
    handler.answer(OwnAddresses.NONE, VIPS);
    handler.claim(VIPS);
  }

  private void quiet() {
    for (int second = 0; second < 4; second++) {
      handler.tick();
      now += TimeUnit.SECONDS.toNanos(1);
    }
    sent();
  }

  private static ByteBuf gratuitous(long mac) {
    ByteBuf frame = Unpooled.buffer();
    NeighbourFrames.gratuitousArp(frame, mac, VIP_BITS);
    return frame;
  }

  /** Returns what was sent, in hexadecimal, without the padding of 18 bytes. */
  private List<String> sent() {
    List<String> frames = new ArrayList<>();
    for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      assertThat(frame.readableBytes()).isEqualTo(60);
      frames.add(ByteBufUtil.hexDump(frame, frame.readerIndex(), 42));
      frame.release();
    }
    return frames;
  }

  private static String hex(String spaced) {
    return spaced.replace(" ", "");
  }

  /** Keeps what it hears. */
  static final class RecordingListener implements NeighbourListener {

    final List<String> told = new ArrayList<>();

    @Override
    public void resolved(InetAddress server, MacAddress mac) {
      told.add("resolved " + server + " " + mac);
    }

    @Override
    public void unreachable(InetAddress server) {
      told.add("unreachable " + server);
    }

    @Override
    public void moved(InetAddress server, MacAddress from, MacAddress to) {
      told.add("moved " + server + " " + from + " " + to);
    }

    @Override
    public void conflict(InetAddress vip, MacAddress claimant) {
      told.add("conflict " + vip + " " + claimant);
    }
  }
}
