package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.linux.Capabilities;
import io.dsr.linux.link.NetworkLink;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.List;

/**
 * A client and a server, each joined by a veth pair to a namespace between the two, where nothing
 * forwards but the test: {@code client - in} and {@code out - server}.
 */
public final class ThreeNamespaces implements AutoCloseable {

  public final NamespaceThread left;
  public final NamespaceThread middle;
  public final NamespaceThread right;
  private final MultiThreadIoEventLoopGroup group;
  private final ReceivePath path;

  public ThreeNamespaces() throws Exception {
    this(ReceivePath.TPACKET_V2, 2);
  }

  /**
   * Makes the namespaces.
   *
   * @param path how channels in the middle receive
   * @param loops how many event loops: with two, who writes much keeps no other from reading
   */
  ThreeNamespaces(ReceivePath path, int loops) throws Exception {
    this.path = path;
    if (!Boolean.getBoolean("dsr.test.required")) {
      Capabilities own = Capabilities.ofThread();
      assumeTrue(own.hasNetAdmin() && own.hasNetRaw(), "needs CAP_NET_ADMIN and CAP_NET_RAW");
    }
    left = new NamespaceThread();
    middle = new NamespaceThread();
    right = new NamespaceThread();
    group = new MultiThreadIoEventLoopGroup(loops, EpollIoHandler.newFactory());
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
    awaitRunning(middle, near);
    awaitRunning(edge, far);
  }

  /** Waits until a link has its carrier: what is sent before that is lost without an error. */
  public static void awaitRunning(NamespaceThread thread, String link) throws Exception {
    long end = System.nanoTime() + SECONDS.toNanos(15);
    while (!thread.call(() -> NetworkLink.byName(link)).isRunning()) {
      if (System.nanoTime() > end) {
        throw new IOException(link + " has no carrier");
      }
      Thread.sleep(1);
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    List.of(left, middle, right).forEach(NamespaceThread::close);
  }

  PacketChannel open(String link, ChannelHandler handler) throws Exception {
    return open(link, handler, PacketChannelOption.RECEIVE_PATH, path);
  }

  <T> PacketChannel open(String link, ChannelHandler handler, ChannelOption<T> option, T value)
      throws Exception {
    Bootstrap bootstrap = bootstrap(handler).option(PacketChannelOption.RECEIVE_PATH, path);
    return bind(middle, link, bootstrap.option(option, value));
  }

  PacketChannel openIn(NamespaceThread thread, String link, ChannelHandler handler)
      throws Exception {
    return bind(thread, link, bootstrap(handler));
  }

  Bootstrap bootstrap(ChannelHandler handler) {
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

  public MultiThreadIoEventLoopGroup group() {
    return group;
  }

  static PacketChannel bind(NamespaceThread thread, String link, Bootstrap bootstrap)
      throws Exception {
    ChannelFuture bound = thread.call(() -> bootstrap.bind(new PacketAddress(link)));
    return (PacketChannel) bound.sync().channel();
  }
}
