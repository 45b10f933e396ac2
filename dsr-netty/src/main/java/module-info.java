import org.jspecify.annotations.NullMarked;

/** The wire: an AF_PACKET channel on Netty's native epoll loop, and the balancer built on it. */
@NullMarked
module io.dsr.netty {
  requires transitive io.dsr.core;
  requires transitive io.netty.buffer;
  requires transitive io.netty.transport;
  requires transitive io.netty.common;
  requires io.dsr.linux;
  requires io.netty.handler;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  // Only a native library each: nothing else would bring them into a program's module graph.
  requires io.netty.transport.epoll.linux.aarch_64;
  requires io.netty.transport.epoll.linux.x86_64;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.dsr.netty;
  exports io.dsr.netty.channel;
}
