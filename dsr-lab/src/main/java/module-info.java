import org.jspecify.annotations.NullMarked;

/** A network of namespaces with clients, a router, real servers and a balancer. */
@NullMarked
module io.dsr.lab {
  requires transitive io.dsr.core;
  requires transitive io.dsr.linux;
  requires transitive io.dsr.netty;
  requires io.dsr.rules;
  requires java.net.http;
  requires jdk.httpserver;
  requires static transitive org.jspecify;

  exports io.dsr.lab to
      io.dsr.examples;
}
