import org.jspecify.annotations.NullMarked;

/** A network of namespaces with clients, a router, real servers and room for a balancer. */
@NullMarked
module io.dsr.lab {
  requires transitive io.dsr.core;
  requires transitive io.dsr.linux;
  requires io.dsr.netty;
  requires java.net.http;
  requires jdk.httpserver;
  requires static transitive org.jspecify;

  exports io.dsr.lab to
      io.dsr.examples;
}
