package io.dsr.netty.channel;

import static io.dsr.netty.channel.TestFrames.frame;
import static io.dsr.netty.channel.TestFrames.hex;
import static io.dsr.netty.channel.TestFrames.number;
import static io.dsr.netty.channel.TestFrames.tagged;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Errno;
import io.dsr.linux.link.NetworkLink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The channel against the kernel: what one end of a veth pair sends, the other receives. */
@Timeout(60)
final class PacketChannelIT {

  private final ThreeNamespaces net;
  private final FrameCollector frames = new FrameCollector();
  private final PacketChannel peer;

  PacketChannelIT() throws Exception {
    net = new ThreeNamespaces();
    peer = net.openIn(net.left, "client", new FrameCollector());
  }

  @AfterEach
  void end() {
    net.close();
  }

  @Test
  void putsTheTagBack() throws Exception {
    net.open("in", frames);

    peer.writeAndFlush(Unpooled.wrappedBuffer(tagged())).sync();

    ByteBuf frame = frames.take(1).getFirst();
    assertThat(hex(frame)).isEqualTo(hex(Unpooled.wrappedBuffer(tagged())));
    assertThat(frame.release()).isTrue();
  }

  @Test
  void putsTheTagBackIntoAFrameWithAnUnfinishedChecksum() throws Exception {
    net.open("in", frames);

    peer.writeAndFlush(unfinished(tagged(), 38)).sync();

    var frame = (PacketFrame) frames.take(1).getFirst();
    assertThat(hex(frame)).isEqualTo(hex(Unpooled.wrappedBuffer(tagged())));
    assertThat(frame.needsChecksum()).isTrue();
    assertThat(checksumStart(frame)).isEqualTo(38);
    var copy = (PacketFrame) frame.copy();
    assertThat(checksumStart(copy)).isEqualTo(38);
    copy.release();
    var part = (PacketFrame) frame.copy(12, 20);
    assertThat(checksumStart(part)).isEqualTo(26);
    part.release();
    frame.release();
  }

  @Test
  void sendsASliceWithItsUnfinishedChecksum() throws Exception {
    net.open("in", frames);
    PacketFrame whole = unfinished(tagged(), 38);
    ByteBuf part = whole.slice(4, 60).setShort(12, TestFrames.EXPERIMENTAL);

    peer.writeAndFlush(part).sync();

    var frame = (PacketFrame) frames.take(1).getFirst();
    assertThat(frame.readableBytes()).isEqualTo(60);
    assertThat(frame.needsChecksum()).isTrue();
    assertThat(checksumStart(frame)).isEqualTo(34);
    frame.release();
  }

  private static PacketFrame unfinished(byte[] bytes, int checksumStart) {
    MemorySegment memory = Arena.ofAuto().allocate(VnetHeader.LENGTH + bytes.length);
    memory.set(JAVA_BYTE, 0, (byte) 1);
    memory.set(JAVA_SHORT_UNALIGNED, 6, (short) checksumStart);
    memory.set(JAVA_SHORT_UNALIGNED, 8, (short) 16);
    MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, VnetHeader.LENGTH, bytes.length);
    return TestFrames.over(memory, VnetHeader.LENGTH, _ -> {}).deliver(bytes.length, 0);
  }

  private static int checksumStart(PacketFrame frame) {
    MemorySegment header = Arena.ofAuto().allocate(VnetHeader.LENGTH);
    frame.copyVnetHeader(header, 0, 0);
    return header.get(JAVA_SHORT_UNALIGNED, 6);
  }

  @Test
  void receivesInOrderWhateverFitsASlot() throws Exception {
    PacketChannel channel = net.open("in", frames, PacketChannelOption.FRAME_SIZE, 256);

    for (int i = 0; i < 180; i++) {
      write(frame(i, i % 3 == 0 ? 1000 : 60));
    }
    peer.flush();

    List<ByteBuf> received = frames.take(180);
    assertThat(received).extracting(TestFrames::number).containsExactlyElementsOf(numbers(180));
    assertThat(received).element(3).extracting(ByteBuf::readableBytes).isEqualTo(1000);
    PacketStatistics statistics = channel.statistics();
    assertThat(statistics.gsoFrames()).isEqualTo(60);
    received.forEach(ByteBuf::release);
  }

  @Test
  void dropsAndCountsAFrameOfWhichPartIsMissing() throws Exception {
    var bootstrap =
        net.bootstrap(frames)
            .option(PacketChannelOption.FRAME_SIZE, 256)
            .option(ChannelOption.SO_RCVBUF, 1)
            .option(ChannelOption.AUTO_READ, false);
    PacketChannel channel = ThreeNamespaces.bind(net.middle, "in", bootstrap);

    for (int i = 0; i < 20; i++) {
      write(frame(i, 1000));
    }
    peer.writeAndFlush(frame(20)).sync();
    channel.config().setAutoRead(true);

    int whole = 0;
    while (frames.takeNumber() != 20) {
      whole++;
    }
    assertThat(whole).isBetween(1, 19);
    assertThat(channel.statistics().truncated()).isEqualTo(20 - whole);
  }

  @Test
  void changesTheFilterAtRunTime() throws Exception {
    PacketChannel channel =
        net.open("in", frames, PacketChannelOption.FILTER, FrameFilter.nothing());

    peer.writeAndFlush(frame(1)).sync();
    channel.config().setFilter(FrameFilter.everything());
    peer.writeAndFlush(frame(2)).sync();

    assertThat(frames.takeNumber()).isEqualTo(2);
  }

  @Test
  void loadsAFilterOfTwoThousandAddresses() throws Exception {
    List<InetAddress> addresses = new ArrayList<>();
    for (int i = 0; i < 2000; i += 2) {
      int ipv4 = 0x0a090100 + i;
      addresses.add(InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(ipv4).array()));
      long ipv6 = i + 1L;
      addresses.add(
          InetAddress.getByAddress(
              ByteBuffer.allocate(16).putLong(1L << 61).putLong(ipv6).array()));
    }
    net.open("in", frames, PacketChannelOption.FILTER, FrameFilter.ofAddresses(addresses));
    long mac = net.middle.call(() -> NetworkLink.byName("in").hardwareAddress());

    for (int last : new int[] {0x0a0908cf, 0x0a0908ce, 0x0a0908cd}) {
      ByteBuf frame = frame(last).setMedium(0, (int) (mac >> 24)).setMedium(3, (int) mac);
      peer.writeAndFlush(frame.setShort(12, 0x0800).setInt(30, last)).sync();
    }
    peer.writeAndFlush(frame(99).setShort(12, 0x0806)).sync();

    assertThat(frames.takeNumber()).isEqualTo(0x0a0908ce);
    assertThat(frames.takeNumber()).isEqualTo(99);
  }

  @Test
  void copiesWhenHalfOfTheRingIsHeldAndGoesOnOnceItIsReleased() throws Exception {
    PacketChannel channel = net.open("in", frames, PacketChannelOption.RING_FRAMES, 16);

    peer.writeAndFlush(frame(0)).sync();
    while (channel.statistics().stalls() == 0) {
      Thread.onSpinWait(); // the newest frame is held: the channel must not spin on it
    }
    for (int i = 1; i < 12; i++) {
      peer.writeAndFlush(frame(i)).sync();
    }
    List<ByteBuf> held = frames.take(12);
    assertThat(held).extracting(TestFrames::number).containsExactlyElementsOf(numbers(12));
    assertThat(channel.statistics().copied()).isEqualTo(3);
    for (int i = 12; i < 40; i++) {
      peer.writeAndFlush(frame(i)).sync();
    }
    frames.take(4).forEach(ByteBuf::release);
    held.forEach(ByteBuf::release);
    peer.writeAndFlush(frame(100)).sync();

    assertThat(frames.takeNumber()).isEqualTo(100);
    assertThat(channel.statistics().kernelDrops()).isEqualTo(24);
  }

  @Test
  void takesFramesBackFromAnyThread() throws Exception {
    PacketChannel channel = net.open("in", frames, PacketChannelOption.RING_FRAMES, 64);
    int sent = 20_000;
    int all = 0;
    int last = -1;
    int received = 0;

    for (int i = 1; i <= sent; i++) {
      write(frame(i));
      all++;
      if (i % 25 == 0) {
        peer.writeAndFlush(frame(i)).sync();
        all++;
      }
      // Now and then the ring is empty, or a loop without a CPU would lose nearly all.
      boolean emptied = i % 500 == 0;
      while (emptied
          ? received + channel.statistics().kernelDrops() < all
          : !frames.frames.isEmpty()) {
        int number = frames.takeNumber();
        assertThat(number).isGreaterThanOrEqualTo(last);
        last = number;
        received++;
      }
    }
    assertThat(received).isGreaterThan(sent / 10);
  }

  @Test
  void readsOneBatchForEachReadWithoutAutoRead() throws Exception {
    PacketChannel channel = net.open("in", frames, ChannelOption.AUTO_READ, false);

    peer.writeAndFlush(frame(1)).sync();
    assertThat(frames.frames.poll(100, MILLISECONDS)).isNull();
    channel.read();
    assertThat(frames.takeNumber()).isEqualTo(1);
    endBatch(channel);
    peer.writeAndFlush(frame(2)).sync();
    assertThat(frames.frames.poll(100, MILLISECONDS)).isNull();
    channel.config().setAutoRead(true);
    assertThat(frames.takeNumber()).isEqualTo(2);
    channel.config().setAutoRead(false);
    endBatch(channel);
    peer.writeAndFlush(frame(3)).sync();
    assertThat(frames.frames.poll(100, MILLISECONDS)).isNull();
    channel.config().setAutoRead(true);
    assertThat(frames.takeNumber()).isEqualTo(3);
  }

  private static void endBatch(PacketChannel channel) throws InterruptedException {
    channel.eventLoop().submit(() -> {}).sync();
  }

  @Test
  void tellsOfALinkThatGoesDownAndReadsOnWhenItIsUp() throws Exception {
    PacketChannel channel = net.open("in", frames);

    net.middle.ip("link set in down");
    assertThat(frames.events.poll(5, SECONDS))
        .isEqualTo(new PacketLinkError((PacketAddress) channel.localAddress(), Errno.ENETDOWN));
    ChannelFuture lost = channel.writeAndFlush(frame(0)).await();
    assertThat(lost.isSuccess()).isFalse();
    assertThat(channel.statistics().sendErrors().linkDown()).isEqualTo(1);
    net.middle.ip("link set in up");
    ThreeNamespaces.awaitRunning(net.left, "client");
    peer.writeAndFlush(frame(5)).sync();

    assertThat(frames.takeNumber()).isEqualTo(5);
    assertThat(channel.statistics().linkErrors()).isEqualTo(1);
    channel.writeAndFlush(frame(6)).sync();
  }

  @Test
  void dropsAFrameThatIsTooLongAndSendsTheNext() throws Exception {
    net.open("in", frames);

    ChannelFuture before = peer.write(frame(1));
    ChannelFuture refused = peer.write(frame(2, 3000));
    ChannelFuture huge = peer.write(frame(3, 300_000));
    ChannelFuture after = peer.write(frame(4));
    ChannelFuture runt = peer.write(Unpooled.buffer(13).writeZero(13));
    peer.flush();

    assertThat(refused.await().cause()).hasMessageContaining("EMSGSIZE");
    assertThat(huge.await().cause()).hasMessageContaining("EMSGSIZE");
    assertThat(runt.await().cause()).hasMessage("frame: 13 bytes (expected: >= 14)");
    before.sync();
    after.sync();
    assertThat(frames.takeNumber()).isEqualTo(1);
    assertThat(frames.takeNumber()).isEqualTo(4);
    assertThat(peer.statistics().sendErrors().tooLong()).isEqualTo(2);
  }

  @Test
  void keepsAFrameReadableAfterClose() throws Exception {
    PacketChannel channel = net.open("in", frames);
    peer.writeAndFlush(frame(7)).sync();
    ByteBuf held = frames.take(1).getFirst();
    var view = held.nioBuffer();

    channel.close().sync();
    channel.close().sync();
    assertThat(number(held)).isEqualTo(7);
    assertThat(channel.statistics().received()).isEqualTo(1);
    held.release();

    assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void namesAnInterfaceThatIsNotThere() {
    assertThatThrownBy(() -> net.open("nosuch", frames))
        .hasMessage("ioctl(SIOCGIFINDEX, nosuch): ENODEV (no such device)");
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the flush is waited for
  private void write(ByteBuf frame) {
    peer.write(frame);
  }

  private static List<Integer> numbers(int to) {
    return IntStream.range(0, to).boxed().toList();
  }
}
