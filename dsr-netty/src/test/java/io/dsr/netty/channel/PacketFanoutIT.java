package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Four channels on one end of a veth pair, and what the kernel gives to each. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // what is not sent is missed at the other end
final class PacketFanoutIT {

  private static final int CHANNELS = 4;
  private static final int CLIENTS = 200;

  private final ThreeNamespaces net;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(CHANNELS, EpollIoHandler.newFactory());
  private final PacketChannel peer;
  private final FanoutTraffic traffic;
  private final PacketFanout fanout = PacketFanout.of(CHANNELS);
  private final List<PacketChannel> channels = new ArrayList<>();
  private final List<Marks> marks = new ArrayList<>();

  PacketFanoutIT() throws Exception {
    net = new ThreeNamespaces();
    peer = net.openIn(net.left, "client", new FrameCollector());
    traffic = new FanoutTraffic(net.middle.call(() -> NetworkLink.byName("in").hardwareAddress()));
  }

  @AfterEach
  void end() {
    channels.forEach(channel -> channel.close().syncUninterruptibly());
    loops.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    net.close();
  }

  /** What one channel received of this test's traffic. */
  private static final class Marks extends ChannelInboundHandlerAdapter {

    final List<Integer> numbers = Collections.synchronizedList(new ArrayList<>());
    final List<Integer> clients = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      int trailer = frame.writerIndex() - FanoutTraffic.TRAILER;
      if (trailer >= 0 && frame.getInt(trailer) == FanoutTraffic.MARK) {
        clients.add(frame.getInt(trailer + 4));
        numbers.add(frame.getInt(trailer + 8));
      }
      frame.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      numbers.add(-1); // no test expects that
    }
  }

  private void create() throws Exception {
    for (int i = 0; i < CHANNELS; i++) {
      var mark = new Marks();
      PacketChannel channel = net.middle.call(PacketChannel::new);
      channel.config().setFanout(fanout);
      channel.pipeline().addLast(mark);
      loops.register(channel).sync();
      channels.add(channel);
      marks.add(mark);
    }
  }

  private void open() throws Exception {
    create();
    List<ChannelFuture> bound = new ArrayList<>();
    for (PacketChannel channel : channels.reversed()) {
      bound.add(channel.bind(new PacketAddress("in")));
    }
    for (ChannelFuture future : bound) {
      future.sync();
    }
  }

  private void send(ByteBuf frame) {
    peer.write(frame);
    if (traffic.count() % 100 == 0) {
      peer.flush(); // a full ring is not this test's subject
    }
  }

  private int channelOf(int client) {
    return fanout.channelOf(FanoutTraffic.address(client));
  }

  private int received() {
    return marks.stream().mapToInt(mark -> mark.numbers.size()).sum();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 5_000 && !condition.getAsBoolean(); i++) {
      MILLISECONDS.sleep(1); // another thread's work, up to a limit
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  /** Every frame sent has arrived, once, where its client belongs. */
  private void checkAll() throws Exception {
    peer.flush();
    await(() -> received() >= traffic.count());
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < CHANNELS; i++) {
      Marks mark = marks.get(i);
      int channel = i;
      assertThat(mark.clients).allMatch(client -> channelOf(client) == channel);
      all.addAll(mark.numbers);
    }
    assertThat(all)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, traffic.count()).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void keepsEachClientWithItsFragmentsAndErrorsOnOneChannel(String napi) throws Exception {
    net.middle.run("ethtool -K in gro " + napi);
    open();

    for (int round = 0; round < 10; round++) {
      for (int client = 0; client < CLIENTS; client++) {
        for (ByteBuf frame : traffic.ofClient(client)) {
          send(frame);
        }
      }
      peer.flush();
      await(() -> received() >= traffic.count()); // a ring holds all of a round
    }

    checkAll();
    if (napi.equals("on")) {
      // Without it frames wait on the CPU where the sender ran, which the scheduler may change.
      assertThat(marks).allSatisfy(mark -> assertThat(mark.numbers).isSorted());
    }
    assertThat(fanout.channels()).containsExactlyElementsOf(channels);
    for (Marks mark : marks) { // 50 on average, five standard deviations
      assertThat(mark.clients.stream().distinct().count()).isBetween(20L, 80L);
    }
  }

  @Test
  void staysAsItIsWhenTheLinkGoesDownAndUp() throws Exception {
    open();
    net.middle.ip("link set in down");
    net.middle.ip("link set in up");
    await(() -> {
      send(traffic.udp(0));
      peer.flush();
      return received() > 0;
    });

    for (int client = 1; client <= CLIENTS; client++) { // frames of client 0 may still come
      send(traffic.udp(client));
    }
    peer.flush();

    await(() -> marks.stream().mapToInt(mark -> others(mark).size()).sum() == CLIENTS);
    for (int i = 0; i < CHANNELS; i++) {
      int channel = i;
      assertThat(others(marks.get(i))).isNotEmpty().allMatch(c -> channelOf(c) == channel);
    }
  }

  private static List<Integer> others(Marks mark) {
    return copy(mark.clients).stream().filter(client -> client != 0).toList();
  }

  /** Returns what is in a list now: a channel's loop may go on adding to it. */
  private static List<Integer> copy(List<Integer> list) {
    synchronized (list) {
      return new ArrayList<>(list);
    }
  }

  @Test
  void bringsWhatIsNobodysToTheFirstChannelAndNoOutputToAny() throws Exception {
    open();
    for (int i = 0; i < CHANNELS; i++) {
      channels.get(i).writeAndFlush(new FanoutTraffic(-1).arp(1000 + i)).sync();
    }
    for (int client = 1; client < 40; client += 2) {
      send(traffic.arp(client));
      send(traffic.discovery(client, 135));
      send(traffic.discovery(client, 136));
    }
    peer.flush();

    await(() -> received() >= 60);
    assertThat(marks.getFirst().numbers).hasSize(60);
    assertThat(marks.getFirst().clients).allMatch(client -> client < 1000);
    assertThat(received()).isEqualTo(60);
  }

  @Test
  void receivesNothingTwiceWhileItIsBeingMade() throws Exception {
    create();
    var sender =
        Thread.ofPlatform()
            .start(() -> {
              while (!Thread.interrupted()) {
                for (int client = 0; client < CLIENTS; client++) {
                  peer.write(traffic.udp(client));
                }
                peer.flush();
                peer.writeAndFlush(traffic.udp(0)).awaitUninterruptibly();
              }
            });
    for (PacketChannel channel : channels) {
      assertThat(received()).isZero();
      channel.bind(new PacketAddress("in")).sync();
    }
    await(() -> received() > 20_000);
    sender.interrupt();
    sender.join();

    int last = traffic.count();
    await(() -> {
      send(traffic.udp(0)); // the last one sent may have found a full ring
      peer.flush();
      return marks.stream().anyMatch(m -> copy(m.numbers).stream().anyMatch(n -> n >= last));
    });
    List<Integer> all = new ArrayList<>();
    marks.forEach(mark -> all.addAll(copy(mark.numbers)));
    assertThat(all).doesNotHaveDuplicates();
    for (int i = 0; i < CHANNELS; i++) {
      int channel = i;
      assertThat(copy(marks.get(i).clients)).allMatch(client -> channelOf(client) == channel);
    }
  }

  @Test
  void losesWhatAFullRingCannotHoldAndGivesItToNoOther() throws Exception {
    create();
    PacketChannel full = channels.get(2);
    full.config().setRingFrames(16).setAutoRead(false);
    for (PacketChannel channel : channels) {
      channel.bind(new PacketAddress("in")).sync();
    }

    for (int round = 0; round < 10; round++) {
      for (int client = 0; client < CLIENTS; client++) {
        send(traffic.udp(client));
      }
    }
    peer.flush();
    int ofFull = 10 * (int) IntStream.range(0, CLIENTS).filter(c -> channelOf(c) == 2).count();

    await(() -> received() == traffic.count() - ofFull);
    await(() -> full.statistics().kernelDrops() == ofFull - 16);
    full.config().setAutoRead(true);
    await(() -> marks.get(2).numbers.size() == 16);
    send(
        traffic.udp(
            IntStream.range(0, CLIENTS).filter(c -> channelOf(c) == 2).findFirst().orElseThrow()));
    peer.flush();
    await(() -> marks.get(2).numbers.size() == 17);
    assertThat(received()).isEqualTo(traffic.count() - ofFull + 16);
  }

  @Test
  void changesFiltersAndFallsSilent() throws Exception {
    open();
    for (int client = 0; client < CLIENTS; client++) {
      send(traffic.udp(client));
    }
    checkAll();
    channels.get(1).config().setFilter(FrameFilter.nothing());
    for (int client = 0; client < CLIENTS; client++) {
      send(traffic.udp(client));
    }
    peer.flush();
    long quiet = IntStream.range(0, CLIENTS).filter(c -> channelOf(c) == 1).count();
    await(() -> received() == 2L * CLIENTS - quiet);

    fanout.silence();
    channels.get(1).config().setFilter(FrameFilter.everything());
    for (int client = 0; client < CLIENTS; client++) {
      send(traffic.udp(client));
    }
    peer.writeAndFlush(traffic.udp(0)).sync();
    for (Channel channel : channels) {
      channel.eventLoop().submit(() -> {}).sync(); // behind whatever the ring had
    }
    assertThat(received()).isEqualTo(2L * CLIENTS - quiet);
  }

  @Test
  void refusesTwoInterfacesAndOneChannelTooMany() throws Exception {
    create();
    for (PacketChannel channel : channels.subList(0, 3)) {
      channel.bind(new PacketAddress("in")).sync();
    }
    assertThatThrownBy(() -> channels.get(3).bind(new PacketAddress("out")).sync())
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("PACKET_FANOUT")
        .hasMessageContaining("EINVAL");
    assertThat(fanout.channels()).isEmpty();
    assertThatThrownBy(
            () -> {
              var bootstrap = new Bootstrap().group(loops).channel(PacketChannel.class);
              bootstrap.handler(new Marks()).option(PacketChannelOption.FANOUT, fanout);
              ThreeNamespaces.bind(net.middle, "in", bootstrap);
            })
        .isInstanceOf(IllegalStateException.class);
  }
}
