package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import io.dsr.netty.channel.PacketAddress;
import io.dsr.netty.channel.PacketChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sends frames as they are given, by the interface of a host of the lab. */
final class Wire implements AutoCloseable {

  private final EventLoopGroup loops;
  private final PacketChannel channel;

  private Wire(EventLoopGroup loops, PacketChannel channel) {
    this.loops = loops;
    this.channel = channel;
  }

  static Wire of(Host host) throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    // A channel sends where it was made: in the lab, and by an interface that only the lab has.
    var wire = new Wire(loops, host.namespace().call(PacketChannel::new));
    boolean success = false;
    try {
      wire.channel.config().setAutoRead(false);
      loops.register(wire.channel).sync();
      wire.channel.bind(new PacketAddress(host.networkInterface())).sync();
      success = true;
      return wire;
    } finally {
      if (!success) {
        wire.close();
      }
    }
  }

  /** Sends a frame, and returns when the kernel has it. */
  void send(byte[] frame) throws Exception {
    send(List.of(frame));
  }

  /** Sends frames in that order. */
  void send(Collection<byte[]> frames) throws Exception {
    for (byte[] frame : frames) {
      channel.writeAndFlush(channel.alloc().directBuffer().writeBytes(frame)).sync();
    }
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
