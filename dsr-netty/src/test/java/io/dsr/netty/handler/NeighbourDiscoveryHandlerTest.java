package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.Ipv6Packet;
import io.dsr.core.frame.NeighbourFrames;
import io.dsr.core.frame.NeighbourFrames.Host;
import io.dsr.core.frame.NeighbourMessage;
import io.dsr.core.membership.Slots;
import io.dsr.netty.handler.ArpHandlerTest.RecordingListener;
import io.dsr.netty.handler.OwnAddresses.Subnet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NeighbourDiscoveryHandlerTest {

  private static final long PREFIX = 0x2001_0db8_0000_0000L;
  private static final InetAddress VIP = InetAddress.ofLiteral("2001:db8::10");
  private static final VipSet VIPS = new VipSet(List.of(IpPrefix.of(VIP)));
  private static final InetAddress SERVER = InetAddress.ofLiteral("2001:db8::21");
  private static final long MAC = 0x0200_0000_00aaL;
  private static final long SERVER_MAC = 0x0200_0000_00bbL;
  private static final Host CLIENT = new Host(0x0200_0000_00ccL, PREFIX, 0x63);
  private static final Host NOBODY = new Host(0x0200_0000_00ddL, 0, 0);

  private final RecordingListener listener = new RecordingListener();
  private final Slots slots = new Slots(1);
  private final NeighbourResolver resolver =
      new NeighbourResolver(
          slots,
          new NeighbourResolver.Timings(
              Duration.ofSeconds(1), Duration.ofSeconds(15), /* probes= */ 6),
          listener);
  private final VipGates gates = new VipGates(/* open= */ true);
  private final NeighbourDiscoveryHandler handler =
      new NeighbourDiscoveryHandler(MAC, resolver.on(0), listener, () -> 0, gates);
  private final EmbeddedChannel channel = new EmbeddedChannel(handler);
  private final EthernetFrame ethernet = new EthernetFrame();
  private final Ipv6Packet ip = new Ipv6Packet();
  private final NeighbourMessage message = new NeighbourMessage();

  @Test
  void answersASolicitationForAVipToWhomeverAsked() {
    vips();
    channel.writeInbound(solicitation(CLIENT, 0x10));

    read();
    assertThat(ethernet.destination()).isEqualTo(CLIENT.mac());
    assertThat(ethernet.source()).isEqualTo(MAC);
    assertThat(ip.sourceLow()).isEqualTo(0x10);
    assertThat(ip.destinationLow()).isEqualTo(CLIENT.low());
    assertThat(message.isSolicitation()).isFalse();
    assertThat(message.isSolicited()).isTrue();
    assertThat(message.isOverride()).isTrue();
    assertThat(message.targetMac()).isEqualTo(MAC);
    assertThat(listener.told).isEmpty();
  }

  @Test
  void neitherAnswersNorAnnouncesAVipWhoseGateIsClosed() {
    gates.set(VipGates.Deadlines.all(VipGates.CLOSED));
    vips();
    channel.writeInbound(solicitation(CLIENT, 0x10));
    channel.writeInbound(solicitation(NOBODY, 0x10));
    handler.announce();
    assertThat(channel.<ByteBuf>readOutbound()).isNull();
    assertThat(listener.told).isEmpty();

    gates.set(VipGates.Deadlines.all(VipGates.FOREVER));
    channel.writeInbound(solicitation(CLIENT, 0x10));
    read();
    assertThat(message.targetMac()).isEqualTo(MAC);
    channel.releaseInbound();
  }

  @Test
  void answersEverybodyAndTellsOfAConflictWhenAHostWantsTheVipForItself() {
    vips();
    channel.writeInbound(solicitation(NOBODY, 0x10));

    read();
    assertThat(ethernet.destination()).isEqualTo(0x3333_0000_0001L);
    assertThat(ip.destinationHigh()).isEqualTo(0xff02_0000_0000_0000L);
    assertThat(message.isSolicited()).isFalse();
    assertThat(listener.told).containsExactly("conflict /2001:db8:0:0:0:0:0:10 02:00:00:00:00:dd");
  }

  @Test
  void believesNothingThatARouterHasPassedOnOrThatWasHarmed() {
    vips();
    ByteBuf routed = solicitation(CLIENT, 0x10);
    routed.setByte(21, 254);
    ByteBuf harmed = solicitation(CLIENT, 0x10);
    harmed.setByte(harmed.writerIndex() - 1, 0x77);

    channel.writeInbound(routed, harmed);

    assertThat(channel.<ByteBuf>readOutbound()).isNull();
    channel.releaseInbound();
  }

  @Test
  void asksForAServerFromOurLinkLocalAddressInItsSolicitedNodeGroup() {
    var own =
        new OwnAddresses(
            List.of(
                new Subnet(InetAddress.ofLiteral("2001:db8::5"), 64),
                new Subnet(InetAddress.ofLiteral("fe80::5"), 64)));
    handler.answer(own, VIPS);
    handler.claim(VIPS);
    resolver.servers(Map.of(SERVER, new int[] {0}), 0);

    read();
    assertThat(ethernet.destination()).isEqualTo(0x3333_ff00_0021L);
    assertThat(ip.sourceHigh()).isEqualTo(0xfe80_0000_0000_0000L);
    assertThat(ip.destinationLow()).isEqualTo(0x1_ff00_0021L);
    assertThat(message.isSolicitation()).isTrue();
    assertThat(message.sourceMac()).isEqualTo(MAC);
  }

  @Test
  void asksFromNowhereAndSaysNoAddressWhereWeHaveNoLinkLocalOne() {
    vips();
    resolver.servers(Map.of(SERVER, new int[] {0}), 0);

    read();
    assertThat(ip.sourceHigh() | ip.sourceLow()).isZero();
    assertThat(message.sourceMac()).isEqualTo(NeighbourMessage.NO_MAC);
  }

  @Test
  void learnsWhereAServerIsFromItsAdvertisementAndItsQuestions() {
    vips();
    resolver.servers(Map.of(SERVER, new int[] {0}), 0);
    ByteBuf advertisement = Unpooled.buffer();
    NeighbourFrames.advertisement(advertisement, new Host(SERVER_MAC, PREFIX, 0x21), NOBODY);
    channel.writeInbound(advertisement);
    channel.writeInbound(solicitation(new Host(CLIENT.mac(), PREFIX, 0x21), 0x99));

    assertThat(listener.told)
        .containsExactly(
            "resolved /2001:db8:0:0:0:0:0:21 02:00:00:00:00:bb",
            "moved /2001:db8:0:0:0:0:0:21 02:00:00:00:00:bb 02:00:00:00:00:cc");
    assertThat(slots.mac(0)).isEqualTo(CLIENT.mac());
    channel.releaseInbound();
    channel.releaseOutbound();
  }

  @Test
  void tellsOfAnotherOwnerOfTheVip() {
    vips();
    ByteBuf advertisement = Unpooled.buffer();
    NeighbourFrames.announcement(advertisement, new Host(SERVER_MAC, PREFIX, 0x10));
    channel.writeInbound(advertisement);

    assertThat(listener.told).containsExactly("conflict /2001:db8:0:0:0:0:0:10 02:00:00:00:00:bb");
    channel.releaseInbound();
  }

  private void vips() {
    handler.answer(OwnAddresses.NONE, VIPS);
    handler.claim(VIPS);
  }

  private static ByteBuf solicitation(Host from, long target) {
    ByteBuf frame = Unpooled.buffer();
    NeighbourFrames.solicitation(frame, from, NeighbourFrames.BROADCAST, PREFIX, target);
    return frame;
  }

  private void read() {
    channel.releaseInbound();
    ByteBuf frame = channel.readOutbound();
    assertThat(frame).isNotNull();
    assertThat(ethernet.wrap(frame)).isTrue();
    assertThat(ip.wrap(frame, ethernet.payloadIndex())).isTrue();
    assertThat(message.wrap(frame, ip.transportIndex(), ip.transportLength())).isTrue();
    assertThat(message.isGenuine(ip)).isTrue();
  }
}
