import org.jspecify.annotations.NullMarked;

/** The bundled program with its demo, and small programs: one file, one idea. */
@NullMarked
module io.dsr.examples {
  requires transitive io.dsr.core;
  requires io.dsr.lab;
  requires io.dsr.linux;
  requires io.dsr.netty;
  requires io.dsr.server;
  requires info.picocli;
  requires io.netty.common;
  requires static transitive org.jspecify;

  exports io.dsr.examples.demo;

  opens io.dsr.examples.demo to
      info.picocli;
}
