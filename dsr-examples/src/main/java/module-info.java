import org.jspecify.annotations.NullMarked;

/** A runnable balancer, a demo in a lab of its own, and small programs: one file, one idea. */
@NullMarked
module io.dsr.examples {
  requires io.dsr.netty;
  requires transitive io.dsr.core;
  requires transitive io.dsr.linux;
  requires com.fasterxml.jackson.core;
  requires info.picocli;
  requires java.net.http;
  requires io.netty.common;
  requires jdk.httpserver;
  requires jdk.unsupported;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.dsr.examples.convert;
  exports io.dsr.examples.demo;
  exports io.dsr.examples.lab;
  exports io.dsr.examples.rules;
  exports io.dsr.examples.run;

  opens io.dsr.examples to
      info.picocli;
  opens io.dsr.examples.convert to
      info.picocli;
  opens io.dsr.examples.demo to
      info.picocli;
  opens io.dsr.examples.run to
      info.picocli;
}
