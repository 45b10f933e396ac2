import org.jspecify.annotations.NullMarked;

/** The kernel's door: typed Linux system calls through java.lang.foreign. */
@NullMarked
module io.dsr.linux {
  requires static transitive org.jspecify;

  exports io.dsr.linux;
  exports io.dsr.linux.cpu;
  exports io.dsr.linux.link;
  exports io.dsr.linux.namespace;
  exports io.dsr.linux.packet;
  exports io.dsr.linux.suppression;
}
