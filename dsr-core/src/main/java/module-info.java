import org.jspecify.annotations.NullMarked;

/** The decision of a direct-server-return balancer: a frame goes in, a verdict comes out. */
@NullMarked
module io.dsr.core {
  requires transitive io.netty.buffer;
  requires com.github.benmanes.caffeine;
  requires static transitive org.jspecify;

  uses io.dsr.core.SchedulerProvider;

  exports io.dsr.core;
  exports io.dsr.core.frame;
  exports io.dsr.core.scheduler;
  exports io.dsr.core.datapath;
  exports io.dsr.core.control to
      io.dsr.netty,
      io.dsr.bench;
  exports io.dsr.core.inspect to
      io.dsr.netty;
  exports io.dsr.core.flow to
      io.dsr.netty,
      io.dsr.bench;
  exports io.dsr.core.membership to
      io.dsr.netty,
      io.dsr.bench;
  exports io.dsr.core.admission to
      io.dsr.netty,
      io.dsr.bench;
  exports io.dsr.core.persistence to
      io.dsr.netty,
      io.dsr.bench;
  exports io.dsr.core.snapshot to
      io.dsr.netty,
      io.dsr.bench;
}
