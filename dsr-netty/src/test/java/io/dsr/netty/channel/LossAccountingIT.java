package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.Loss;
import io.dsr.core.Loss.Stage;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.frame.TcpSegment;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.Reception;
import io.dsr.netty.handler.DirectorHandler;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every frame that the kernel had for a balancer, or the balancer for the kernel, ends in one
 * verdict or one named loss, whatever overflows.
 */
@Timeout(120)
@ParameterizedClass
@EnumSource(ReceivePath.class)
@SuppressWarnings("FutureReturnValueIgnored") // the channel counts frames
final class LossAccountingIT {

  private static final long SEED = System.nanoTime();
  private static final String VIP = "10.9.0.10";
  private static final String CLIENT = "10.9.0.1";
  private static final long CLIENT_MAC = 0x0200_0000_0000L;
  private static final int PORT = 5_000;
  private static final int GSO_BUFFERS = 64;
  private static final int START = 16; // room for the vnet header

  private final ReceivePath path;
  private final ThreeNamespaces net;
  private final PacketChannel peer;
  private final long mac;
  private final Random random = new Random(SEED);
  private final AtomicReference<EventLoop> loop = new AtomicReference<>();
  private final List<ChannelPipeline> pipelines = new CopyOnWriteArrayList<>();
  private final DsrBalancer balancer;

  LossAccountingIT(ReceivePath path) throws Exception {
    this.path = path;
    System.out.println("seed: " + SEED);
    net = new ThreeNamespaces(path, 1);
    net.middle.ip("addr add 10.9.0.5/24 dev in");
    net.middle.ip("addr add 10.20.0.5/24 dev out");
    net.middle.ip("link set out mtu 1000");
    net.right.ip("addr add 10.20.0.2/24 dev server");
    net.right.ip("link set server mtu 1000");
    peer = net.openIn(net.left, "client", new FrameCollector());
    peer.config().setFilter(FrameFilter.nothing());
    mac = net.middle.call(() -> NetworkLink.byName("in").hardwareAddress());
    balancer =
        DsrBalancer.builder()
            .networkInterface("in")
            .serverInterface("out")
            .reception(Reception.DEFAULT.path(path).ringFrames(512))
            .pipeline(pipeline -> {
              pipelines.add(pipeline);
              loop.set(pipeline.channel().eventLoop());
            })
            .service(VirtualService.udp(VIP, PORT).realServer("10.20.0.2"))
            .service(VirtualService.tcp(VIP, PORT).realServer("10.20.0.2"))
            .build();
    net.middle.call(() -> balancer.start().sync().isSuccess());
    await(
        "a server",
        () ->
            balancer.statistics().services().stream()
                .allMatch(each -> each.servers().getFirst().effectiveWeight() > 0));
  }

  @AfterEach
  void end() {
    balancer.close();
    net.close();
  }

  @Test
  void addsUpWhateverOverflows(@TempDir Path directory) throws Exception {
    sendAllKinds();
    overrunTheRing();
    overrunTheSendQueue();
    assertAddsUp("forwarded out of the ring");
    BalancerStatistics inline = balancer.statistics();
    balancer.startCapture(directory.resolve("all.pcap")).toCompletableFuture().get();
    sendAllKinds();
    overrunTheRing();
    overrunTheSendQueue();
    balancer.stopCapture().toCompletableFuture().get();
    sendAllKinds();
    assertAddsUp("with every frame through the pipeline in between");

    BalancerStatistics all = balancer.statistics();
    for (BalancerStatistics each : new BalancerStatistics[] {inline, all}) {
      assertThat(each.losses().get(Loss.RING_FULL)).as("ring").isPositive();
      assertThat(each.losses().get(Loss.SEND_QUEUE_FULL)).as("send queue").isPositive();
      assertThat(each.losses().get(Loss.SEND_TOO_LONG)).as("MTU").isPositive();
      assertThat(each.releasedFragments()).as("fragments that waited").isPositive();
    }
    if (path == ReceivePath.TPACKET_V2) {
      assertThat(all.losses().get(Loss.TRUNCATED)).as("longer than a slot").isPositive();
    }
    long made = all.interfaces().stream().mapToLong(InterfaceStatistics::offered).sum();
    made -= all.interfaces().stream().mapToLong(InterfaceStatistics::forwarded).sum();
    assertThat(made).as("frames of the balancer's own: echo, ARP").isBetween(600L, 700L);
  }

  @Test
  void addsUpWhenAnInterfaceGoesInTheMiddleOfAFlood() throws Exception {
    var asleep = new CountDownLatch(1);
    sleepUntil(asleep);
    for (int i = 0; i < 1_000; i++) {
      write(udp(i, PORT, 60));
    }
    flush();
    net.middle.ip("link set out down");
    asleep.countDown();
    for (int i = 0; i < 1_000; i++) {
      write(udp(i, PORT, 60));
    }
    flush();
    net.middle.ip("link del in");

    await(
        "an interface that is gone",
        () -> !balancer.statistics().interfaces().getFirst().attached());
    assertAddsUp("after its end");
    assertThat(balancer.statistics().losses().get(Loss.SEND_LINK_DOWN)).as("link").isPositive();
  }

  @Test
  void addsUpWithoutMemoryForCopiesOfFramesThatComeToTheDirectorByThePipeline() throws Exception {
    var keeper = new Keeper(60);
    onLoop(() -> pipelines.forEach(pipeline -> pipeline.addFirst(keeper)));

    sendUntilLost(Loss.COPY_FAILED, keeper, number -> udp(number, PORT, 500));
  }

  @Test
  void addsUpWithoutMemoryForCopiesOfFramesThatPass() throws Exception {
    var keeper = new Keeper(60);
    onLoop(() ->
        pipelines.forEach(pipeline -> pipeline.addAfter(DirectorHandler.NAME, "keeper", keeper)));

    sendUntilLost(Loss.PASS_COPY_FAILED, keeper, this::echo);
  }

  /** Sends frames that a handler keeps, while no copy can be made, until one is lost for that. */
  private void sendUntilLost(Loss loss, Keeper keeper, IntFunction<ByteBuf> frame)
      throws Exception {
    var allocators = new HashMap<ChannelPipeline, ByteBufAllocator>();
    for (ChannelPipeline pipeline : pipelines) {
      allocators.put(pipeline, pipeline.channel().alloc());
      pipeline.channel().config().setAllocator(new NoMemory());
    }
    for (int sent = 0; lost(loss) == 0 && sent < 2_000; sent += 50) {
      for (int i = 0; i < 50; i++) {
        write(frame.apply(sent + i));
      }
      flush();
      awaitAddsUp();
    }
    long lost = lost(loss);
    allocators.forEach(
        (pipeline, allocator) -> pipeline.channel().config().setAllocator(allocator));
    onLoop(keeper::end);
    write(frame.apply(0));
    flush();

    assertAddsUp("after a time without memory");
    assertThat(lost).as("copies that failed").isPositive();
    assertThat(lost(loss)).as("copies that failed once there is memory").isEqualTo(lost);
    assertThat(keeper.kept()).as("kept").isZero();
  }

  @Test
  void addsUpWhenHandlersKeepAllBuffersForMergedSegments() throws Exception {
    assumeThat(path).as("the path with such buffers").isEqualTo(ReceivePath.TPACKET_V2);
    var keeper = new Keeper(9_000);
    onLoop(() -> pipelines.forEach(pipeline -> pipeline.addFirst(keeper)));
    PacketFrame merged = merged();
    for (int i = 0; i < GSO_BUFFERS + 6; i++) {
      write(merged.retain());
      flush();
      awaitAddsUp();
    }

    assertAddsUp("with all buffers kept");
    assertThat(keeper.kept()).isEqualTo(GSO_BUFFERS);
    assertThat(lost(Loss.GSO_BUFFERS_FULL)).isEqualTo(6);
    onLoop(keeper::end);
    write(merged);
    flush();
    assertAddsUp("with all buffers given back");
    assertThat(lost(Loss.GSO_BUFFERS_FULL)).isEqualTo(6);
  }

  private long lost(Loss loss) {
    return balancer.statistics().losses().getOrDefault(loss, 0L);
  }

  private void onLoop(Runnable task) throws Exception {
    loop.get().submit(task).sync();
  }

  /** Keeps each IPv4 frame of some length, and lets it go on. */
  @Sharable
  private static final class Keeper extends ChannelInboundHandlerAdapter {

    private final List<ByteBuf> kept = new ArrayList<>();
    private final int shortest;
    private boolean ended;

    Keeper(int shortest) {
      this.shortest = shortest;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      if (!ended && frame.readableBytes() >= shortest && frame.getUnsignedShort(12) == 0x0800) {
        kept.add(frame.retain());
      }
      context.fireChannelRead(frame);
    }

    int kept() {
      return kept.size();
    }

    void end() {
      ended = true;
      kept.forEach(ByteBuf::release);
      kept.clear();
    }
  }

  /** Has no memory for anybody. */
  private static final class NoMemory extends AbstractByteBufAllocator {

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      throw new OutOfMemoryError("a test's");
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      throw new OutOfMemoryError("a test's");
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  private void sendAllKinds() throws Exception {
    for (int i = 0; i < 100; i++) {
      write(udp(i, PORT, 60));
      write(tagged(udp(i, PORT, 60), 5));
      write(tagged(udp(i, PORT, 60), 0));
      write(udp(i, PORT + 1, 60)); // no service
      write(udp(i, PORT, 1_400)); // longer than what the next link takes
      write(echo(i));
      write(arp());
      write(fragment(i, 1));
      if (i % 2 == 0) {
        write(fragment(i, 0)); // the one before waits for it, or for nothing
      }
      for (int j = 0; j < 10; j++) {
        write(hostile(i));
      }
      if (i % 20 == 19) { // as many as the ring has room for
        flush();
        awaitAddsUp();
      }
    }
  }

  private void overrunTheRing() throws Exception {
    PacketFrame merged = merged();
    var asleep = new CountDownLatch(1);
    sleepUntil(asleep);
    for (int i = 0; i < 400; i++) { // more than the socket takes beside the ring
      write(merged.retain());
      if (i % 20 == 0) {
        flush();
      }
    }
    for (int i = 0; i < 5_000; i++) {
      write(udp(i, PORT, 500));
      if (i % 200 == 0) {
        flush();
      }
    }
    flush();
    asleep.countDown();
    merged.release();
  }

  private void overrunTheSendQueue() throws Exception {
    net.middle.run("tc qdisc add dev out root tbf rate 1mbit burst 2000 limit 4000");
    for (int i = 0; i < 2_000; i++) {
      write(udp(i, PORT, 500));
      if (i % 50 == 0) {
        flush();
      }
    }
    flush();
    awaitAddsUp(); // or the queue goes before the frames come
    net.middle.run("tc qdisc del dev out root");
  }

  private void sleepUntil(CountDownLatch end) throws Exception {
    var begun = new CountDownLatch(1);
    loop.get()
        .execute(() -> {
          begun.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    begun.await();
  }

  /** Compares what was counted on both sides of each door, once nothing is under way any more. */
  private void assertAddsUp(String when) throws Exception {
    awaitAddsUp();
    BalancerStatistics all = balancer.statistics();
    for (InterfaceStatistics each : all.interfaces()) {
      assertThat(each.received() + each.lost(Stage.RECEIVE))
          .as("%s received, %s: %s", each.name(), when, each)
          .isEqualTo(kernel(each));
      assertThat(each.sent() + each.lost(Stage.SEND))
          .as("%s sent, %s: %s", each.name(), when, each)
          .isEqualTo(each.offered());
    }
    assertThat(all.decidedFrames() + received(all, Stage.RECEIVE))
        .as("verdicts, %s: %s", when, all)
        .isEqualTo(all.kernelFrames());
    assertThat(all.interfaces().stream().mapToLong(InterfaceStatistics::forwarded).sum())
        .as("forwarded, %s: %s", when, all)
        .isEqualTo(forwardVerdicts(all));
    assertThat(all.kernelFrames()).isGreaterThanOrEqualTo(peer.statistics().sent());
  }

  private static long received(BalancerStatistics all, Stage stage) {
    return all.interfaces().stream().mapToLong(each -> each.lost(stage)).sum();
  }

  private static long forwardVerdicts(BalancerStatistics all) {
    long[] sum = {0};
    all.verdicts()
        .forEach((verdict, frames) -> {
          if (verdict.toString().startsWith("FORWARD_")) {
            sum[0] += frames;
          }
        });
    return sum[0];
  }

  private static long kernel(InterfaceStatistics each) {
    return each.kernelFrames().stream().mapToLong(n -> n).sum();
  }

  private void awaitAddsUp() throws Exception {
    loop.get().submit(() -> {}).sync();
    awaitOrGoOn(() -> {
      BalancerStatistics all = balancer.statistics();
      return all.kernelFrames() >= peer.statistics().sent()
          && all.decidedFrames() + received(all, Stage.RECEIVE) == all.kernelFrames();
    });
    loop.get().submit(() -> {}).sync(); // what was decided last is sent
  }

  private static void await(String what, Condition condition) throws Exception {
    assertThat(awaitOrGoOn(condition)).as(what).isTrue();
  }

  private static boolean awaitOrGoOn(Condition condition) throws Exception {
    long end = System.nanoTime() + SECONDS.toNanos(10);
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(1);
    }
    return true;
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds();
  }

  private void write(ByteBuf frame) {
    peer.write(frame, peer.quietPromise());
  }

  private void flush() throws Exception {
    peer.eventLoop().submit(peer::flush).sync();
  }

  private ByteBuf frame(FrameBuilder data, int protocol) {
    return data.ipv4(CLIENT, VIP, protocol).ethernet(mac, CLIENT_MAC).buffer();
  }

  private ByteBuf udp(int client, int port, int length) {
    FrameBuilder payload = FrameBuilder.payload(new byte[length - 42]);
    return frame(payload.udp(10_000 + client % 500, port), IpProtocol.UDP);
  }

  private ByteBuf fragment(int number, int which) {
    FrameBuilder query = FrameBuilder.payload(new byte[64]).udp(20_000, PORT);
    return query
        .ipv4(CLIENT, VIP, IpProtocol.UDP)
        .fragments(number + 1, 40)
        .get(which)
        .ethernet(mac, CLIENT_MAC)
        .buffer();
  }

  private ByteBuf echo(int number) {
    return frame(FrameBuilder.payload(new byte[18]).icmp(8, 0, number), IpProtocol.ICMP);
  }

  private static ByteBuf arp() {
    return FrameBuilder.arp(1, CLIENT_MAC, CLIENT, 0, VIP)
        .ethernet(0xffff_ffff_ffffL, CLIENT_MAC)
        .pad(60)
        .buffer();
  }

  private static ByteBuf tagged(ByteBuf frame, int vlan) {
    return Vlans.retag(frame, 1).setShort(14, vlan);
  }

  /** Returns a frame for the VIP with some octets changed and its end cut off. */
  private ByteBuf hostile(int number) {
    ByteBuf frame =
        random.nextBoolean()
            ? udp(number, PORT, 100)
            : frame(FrameBuilder.payload(new byte[66]), 6);
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      int at = random.nextInt(14, 100);
      if (at < 30 || at > 33) {
        frame.setByte(at, random.nextInt());
      }
    }
    return random.nextInt(4) == 0 ? frame.writerIndex(random.nextInt(34, 101)) : frame;
  }

  /** Returns TCP segments as a kernel merges them: 60 KB that a link is to cut. */
  private PacketFrame merged() {
    int length = 60_000;
    MemorySegment memory = Arena.ofAuto().allocate(START + length, Long.BYTES);
    memory.set(JAVA_BYTE, START - 10, (byte) 1); // the checksum is to be completed
    memory.set(JAVA_BYTE, START - 9, (byte) 1); // TCP over IPv4
    memory.set(JAVA_SHORT_UNALIGNED, START - 8, (short) 54);
    memory.set(JAVA_SHORT_UNALIGNED, START - 6, (short) 900);
    memory.set(JAVA_SHORT_UNALIGNED, START - 4, (short) 34);
    memory.set(JAVA_SHORT_UNALIGNED, START - 2, (short) 16);
    PacketFrame frame = TestFrames.over(memory, START, _ -> {}).deliver(length, 0);
    FrameBuilder payload = FrameBuilder.payload(new byte[length - 54]);
    ByteBuf segments = frame(payload.tcp(30_000, PORT, TcpSegment.ACK, 0, 0), IpProtocol.TCP);
    frame.setBytes(0, segments, 0, 54);
    return frame;
  }
}
