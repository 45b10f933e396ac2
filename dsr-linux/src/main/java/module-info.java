import org.jspecify.annotations.NullMarked;

/** The kernel's door: typed Linux system calls through java.lang.foreign. */
@NullMarked
module io.dsr.linux {
  requires static transitive org.jspecify;

  exports io.dsr.linux to
      io.dsr.bench,
      io.dsr.examples,
      io.dsr.lab,
      io.dsr.netty;
  exports io.dsr.linux.cpu to
      io.dsr.lab,
      io.dsr.netty;
  exports io.dsr.linux.link to
      io.dsr.netty;
  exports io.dsr.linux.namespace to
      io.dsr.bench,
      io.dsr.examples,
      io.dsr.lab,
      io.dsr.netty;
  exports io.dsr.linux.notify to
      io.dsr.netty;
  exports io.dsr.linux.packet to
      io.dsr.examples,
      io.dsr.lab,
      io.dsr.netty;
  exports io.dsr.linux.suppression to
      io.dsr.netty;
}
