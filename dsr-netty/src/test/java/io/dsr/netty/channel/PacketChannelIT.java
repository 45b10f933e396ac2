package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.linux.Capabilities;
import io.dsr.linux.Errno;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.packet.PacketFilter;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The channel against the kernel: veth pairs between network namespaces of this process. */
@Timeout(60)
final class PacketChannelIT {

  private static final int UPLOAD = 50_000_000;
  private static final int EXPERIMENTAL = 0x88b5; // EtherType for local experiments, IEEE 802

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final NamespaceThread left;
  private final NamespaceThread middle;
  private final NamespaceThread right;

  PacketChannelIT() throws Exception {
    boolean able = Capabilities.ofThread().hasNetAdmin() && Capabilities.ofThread().hasNetRaw();
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeTrue(able, "needs CAP_NET_ADMIN and CAP_NET_RAW");
    }
    left = new NamespaceThread();
    middle = new NamespaceThread();
    right = new NamespaceThread();
  }

  @BeforeEach
  void connectThreeNamespaces() throws Exception {
    connect(left, "client", "in", "10.9.0.1/24");
    connect(right, "server", "out", "10.9.0.2/24");
  }

  private void connect(NamespaceThread edge, String far, String near, String address)
      throws Exception {
    middle.ip("link add name " + near + " type veth peer name " + far);
    middle.ip("link set " + far + " netns " + edge.name());
    middle.ip("link set " + near + " up");
    edge.ip("addr add " + address + " dev " + far);
    edge.ip("link set " + far + " up");
  }

  @AfterEach
  void end() {
    group.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    List.of(left, middle, right).forEach(NamespaceThread::close);
  }

  @Test
  void carriesAnUploadWithAllOffloadsOn() throws Exception {
    PacketChannel[] hop = startHop();

    String received = upload();

    assertThat(received).isEqualTo(digestOfUpload());
    PacketStatistics in = hop[0].statistics();
    System.out.println("in:  " + in + "\nout: " + hop[1].statistics());
    assertThat(in.superFrames()).isPositive();
    assertThat(in.received()).isLessThan(UPLOAD / 1460 / 4);
    assertThat(in.truncated()).isZero();
    assertThat(hop[1].statistics().sendErrors().total()).isZero();
    assertThat(hop[1].statistics().sent()).isEqualTo(in.received());
  }

  @Test
  void carriesATaggedUpload() throws Exception {
    left.ip("link add link client name client.7 type vlan id 7");
    right.ip("link add link server name server.7 type vlan id 7");
    left.ip("addr flush dev client");
    right.ip("addr flush dev server");
    left.ip("addr add 10.9.0.1/24 dev client.7");
    right.ip("addr add 10.9.0.2/24 dev server.7");
    left.ip("link set client.7 up");
    right.ip("link set server.7 up");
    PacketChannel[] hop = startHop();

    assertThat(upload()).isEqualTo(digestOfUpload());
    assertThat(hop[0].statistics().superFrames()).isPositive();
  }

  @Test
  void putsTheTagBack() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    open("in", new Collector(frames));
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    peer.writeAndFlush(Unpooled.wrappedBuffer(tagged())).sync();

    ByteBuf frame = frames.poll(5, SECONDS);
    assertThat(frame).isNotNull();
    assertThat(HexFormat.of().formatHex(bytes(frame)))
        .isEqualTo(HexFormat.of().formatHex(tagged()));
    assertThat(frame.release()).isTrue();
  }

  @Test
  void changesTheFilterAtRunTime() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    PacketChannel channel =
        open("in", new Collector(frames), PacketChannelOption.FILTER, PacketFilter.nothing());
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    peer.writeAndFlush(frame(1)).sync();
    channel.config().setFilter(PacketFilter.everything());
    peer.writeAndFlush(frame(2)).sync();

    ByteBuf first = frames.poll(5, SECONDS);
    assertThat(first).isNotNull();
    assertThat(number(first)).isEqualTo(2);
    first.release();
  }

  @Test
  void loadsAFilterOfTwoThousandAddresses() throws Exception {
    int[] ipv4 = IntStream.range(0, 1000).map(i -> 0x0a090100 + 2 * i).toArray();
    long[] ipv6 = IntStream.range(0, 2000).mapToLong(i -> i % 2 == 0 ? 1L << 61 : i).toArray();
    var frames = new LinkedBlockingQueue<ByteBuf>();
    PacketFilter filter = PacketFilter.ofAddresses(ipv4, ipv6);
    open("in", new Collector(frames), PacketChannelOption.FILTER, filter);
    long mac = middle.call(() -> NetworkLink.byName("in").hardwareAddress());
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    for (int last : new int[] {0x0a0908cf, 0x0a0908ce, 0x0a0908cd}) {
      ByteBuf frame = frame(last).setMedium(0, (int) (mac >> 24)).setMedium(3, (int) mac);
      peer.writeAndFlush(frame.setShort(12, 0x0800).setInt(30, last)).sync();
    }
    peer.writeAndFlush(frame(99).setShort(12, 0x0806)).sync();

    ByteBuf first = frames.poll(5, SECONDS);
    ByteBuf second = frames.poll(5, SECONDS);
    assertThat(first).isNotNull();
    assertThat(second).isNotNull();
    assertThat(number(first)).isEqualTo(0x0a0908ce);
    assertThat(number(second)).isEqualTo(99);
    first.release();
    second.release();
  }

  @Test
  void copiesWhenHalfOfTheRingIsHeldAndGoesOnOnceItIsReleased() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    PacketChannel channel = open("in", new Collector(frames), PacketChannelOption.RING_FRAMES, 16);
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    for (int i = 0; i < 12; i++) {
      peer.writeAndFlush(frame(i)).sync();
    }
    List<ByteBuf> held = take(frames, 12);
    assertThat(held).extracting(PacketChannelIT::number).containsExactlyElementsOf(numbers(0, 12));
    assertThat(channel.statistics().copied()).isEqualTo(3);
    for (int i = 12; i < 40; i++) {
      peer.writeAndFlush(frame(i)).sync();
    }
    List<ByteBuf> more = take(frames, 4);
    held.forEach(ByteBuf::release);
    more.forEach(ByteBuf::release);

    peer.writeAndFlush(frame(100)).sync();
    ByteBuf next = frames.poll(5, SECONDS);
    assertThat(next).isNotNull();
    assertThat(number(next)).isEqualTo(100);
    next.release();
    assertThat(channel.statistics().stalls()).isPositive();
    assertThat(channel.statistics().kernelDrops()).isEqualTo(24);
  }

  @Test
  void readsOneBatchForEachReadWithoutAutoRead() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    PacketChannel channel = open("in", new Collector(frames), ChannelOption.AUTO_READ, false);
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    peer.writeAndFlush(frame(1)).sync();
    assertThat(frames.poll(100, MILLISECONDS)).isNull();
    channel.read();
    take(frames, 1).forEach(ByteBuf::release);
    peer.writeAndFlush(frame(2)).sync();
    assertThat(frames.poll(100, MILLISECONDS)).isNull();
    channel.config().setAutoRead(true);
    take(frames, 1).forEach(ByteBuf::release);
    peer.writeAndFlush(frame(3)).sync();
    take(frames, 1).forEach(ByteBuf::release);
  }

  @Test
  void tellsOfALinkThatGoesDownAndReadsOnWhenItIsUp() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    var collector = new Collector(frames);
    PacketChannel channel = open("in", collector);
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    middle.ip("link set in down");
    assertThat(collector.events.poll(5, SECONDS))
        .isEqualTo(new PacketLinkError((PacketAddress) channel.localAddress(), Errno.ENETDOWN));
    ChannelFuture lost = channel.writeAndFlush(frame(0)).await();
    assertThat(lost.isSuccess()).isFalse();
    assertThat(channel.statistics().sendErrors().linkDown()).isEqualTo(1);
    middle.ip("link set in up");

    peer.writeAndFlush(frame(5)).sync();
    take(frames, 1).forEach(ByteBuf::release);
    assertThat(channel.statistics().linkErrors()).isEqualTo(1);
    channel.writeAndFlush(frame(6)).sync();
  }

  @Test
  void dropsAFrameThatIsTooLongAndSendsTheNext() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    open("in", new Collector(frames));
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));

    ChannelFuture before = peer.write(frame(1));
    ChannelFuture refused = peer.write(frame(2).capacity(3000).writerIndex(3000));
    ChannelFuture huge = peer.write(Unpooled.buffer(300_000).writerIndex(300_000));
    ChannelFuture after = peer.write(frame(3));
    peer.flush();

    assertThat(refused.await().cause()).hasMessageContaining("EMSGSIZE");
    assertThat(huge.await().cause()).hasMessageContaining("EMSGSIZE");
    before.sync();
    after.sync();
    List<ByteBuf> both = take(frames, 2);
    assertThat(both).extracting(PacketChannelIT::number).containsExactly(1, 3);
    both.forEach(ByteBuf::release);
    assertThat(peer.statistics().sendErrors().tooLong()).isEqualTo(2);
  }

  @Test
  void keepsAFrameReadableAfterClose() throws Exception {
    var frames = new LinkedBlockingQueue<ByteBuf>();
    PacketChannel channel = open("in", new Collector(frames));
    PacketChannel peer = openIn(left, "client", new Collector(new LinkedBlockingQueue<>()));
    peer.writeAndFlush(frame(7)).sync();
    ByteBuf held = take(frames, 1).getFirst();
    var view = held.nioBuffer();

    channel.close().sync();
    channel.close().sync();
    assertThat(number(held)).isEqualTo(7);
    assertThat(channel.statistics().received()).isEqualTo(1);
    held.release();

    assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
  }

  /** Sends what comes from one side to the other, addressed to the next host. */
  private PacketChannel[] startHop() throws Exception {
    long client = left.call(() -> NetworkLink.byName("client").hardwareAddress());
    long server = right.call(() -> NetworkLink.byName("server").hardwareAddress());
    long in = middle.call(() -> NetworkLink.byName("in").hardwareAddress());
    long out = middle.call(() -> NetworkLink.byName("out").hardwareAddress());
    String clientLink = left.ip("-o -4 addr show").contains("client.7") ? "client.7" : "client";
    String serverLink = clientLink.equals("client.7") ? "server.7" : "server";
    left.ip("neigh add 10.9.0.2 lladdr " + mac(in) + " dev " + clientLink);
    right.ip("neigh add 10.9.0.1 lladdr " + mac(out) + " dev " + serverLink);
    var forth = new Forwarder(in, out, server);
    var back = new Forwarder(out, in, client);
    PacketChannel inbound = open("in", forth);
    PacketChannel outbound = open("out", back);
    forth.to = outbound;
    back.to = inbound;
    return new PacketChannel[] {inbound, outbound};
  }

  private String upload() throws Exception {
    ServerSocket listener =
        right.call(() -> new ServerSocket(8080, 1, InetAddress.getByName("10.9.0.2")));
    Future<String> receiving = right.start(() -> receive(listener));
    left.call(() -> {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("10.9.0.2", 8080), 5_000);
        OutputStream out = socket.getOutputStream();
        byte[] chunk = new byte[UPLOAD / 100];
        for (int i = 0; i < 100; i++) {
          Arrays.fill(chunk, (byte) i);
          out.write(chunk);
        }
      }
      return true;
    });
    return receiving.get(30, SECONDS);
  }

  private static String receive(ServerSocket listener) throws Exception {
    try (listener;
        Socket socket = listener.accept();
        InputStream in = socket.getInputStream()) {
      var digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
      digest.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    }
  }

  private static String digestOfUpload() throws Exception {
    var digest = MessageDigest.getInstance("SHA-256");
    byte[] chunk = new byte[UPLOAD / 100];
    for (int i = 0; i < 100; i++) {
      Arrays.fill(chunk, (byte) i);
      digest.update(chunk);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private PacketChannel open(String link, ChannelHandler handler) throws Exception {
    return openIn(middle, link, handler);
  }

  private <T> PacketChannel open(
      String link, ChannelHandler handler, ChannelOption<T> option, T value) throws Exception {
    return bind(middle, link, bootstrap(handler).option(option, value));
  }

  private PacketChannel openIn(NamespaceThread thread, String link, ChannelHandler handler)
      throws Exception {
    return bind(thread, link, bootstrap(handler));
  }

  private Bootstrap bootstrap(ChannelHandler handler) {
    return new Bootstrap()
        .group(group)
        .channel(PacketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handler);
              }
            });
  }

  private static PacketChannel bind(NamespaceThread thread, String link, Bootstrap bootstrap)
      throws Exception {
    ChannelFuture bound = thread.call(() -> bootstrap.bind(new PacketAddress(link)));
    return (PacketChannel) bound.sync().channel();
  }

  private static String mac(long address) {
    return HexFormat.ofDelimiter(":")
        .formatHex(ByteBuffer.allocate(8).putLong(address).array(), 2, 8);
  }

  private static ByteBuf frame(int number) {
    return Unpooled.buffer(60)
        .writeZero(60)
        .setInt(0, -1)
        .setShort(4, -1)
        .setShort(12, EXPERIMENTAL)
        .setInt(40, number);
  }

  private static byte[] tagged() {
    byte[] frame = new byte[64];
    Unpooled.wrappedBuffer(frame)
        .setBytes(0, bytes(frame(3)), 0, 12)
        .setShort(12, 0x8100)
        .setShort(14, 0xa064)
        .setShort(16, EXPERIMENTAL)
        .setInt(44, 3);
    return frame;
  }

  private static byte[] bytes(ByteBuf frame) {
    byte[] bytes = new byte[frame.readableBytes()];
    frame.getBytes(frame.readerIndex(), bytes);
    return bytes;
  }

  private static int number(ByteBuf frame) {
    return frame.getInt(40);
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  private static List<ByteBuf> take(BlockingQueue<ByteBuf> frames, int count) throws Exception {
    List<ByteBuf> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ByteBuf frame = frames.poll(5, SECONDS);
      assertThat(frame).as("frame %d of %d", i, count).isNotNull();
      taken.add(frame);
    }
    return taken;
  }

  /** Keeps the test's own frames, and lets go of what the kernel says of itself. */
  private static final class Collector extends ChannelInboundHandlerAdapter {

    private final BlockingQueue<ByteBuf> frames;
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

    Collector(BlockingQueue<ByteBuf> frames) {
      this.frames = frames;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      if (frame.getUnsignedShort(12) < 0x86dd || frame.getUnsignedShort(12) == EXPERIMENTAL) {
        frames.add(frame);
      } else {
        frame.release();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      events.add(event);
    }
  }

  /** Rewrites what is addressed to us, as a balancer does, and drops the rest. */
  private static final class Forwarder extends ChannelInboundHandlerAdapter {

    private final long own;
    private final long source;
    private final long destination;
    private @Nullable PacketChannel to;

    Forwarder(long own, long source, long destination) {
      this.own = own;
      this.source = source;
      this.destination = destination;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for a frame
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf frame = (ByteBuf) message;
      if (frame.getLong(0) >>> 16 != own || to == null) {
        frame.release();
        return;
      }
      frame.setShort(0, (int) (destination >> 32)).setInt(2, (int) destination);
      frame.setShort(6, (int) (source >> 32)).setInt(8, (int) source);
      to.write(frame, to.quietPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (to != null) {
        to.flush();
      }
    }
  }
}
