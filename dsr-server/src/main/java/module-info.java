import org.jspecify.annotations.NullMarked;

/** The program {@code dsr}: its commands, and the control socket of a balancer that runs. */
@NullMarked
module io.dsr.server {
  requires transitive io.dsr.netty;
  requires transitive io.dsr.rules;
  requires transitive com.fasterxml.jackson.databind;
  requires transitive info.picocli;
  requires com.fasterxml.jackson.core;
  requires io.netty.common;
  requires jdk.unsupported;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.dsr.server.command;
  exports io.dsr.server.control;

  opens io.dsr.server.command to
      info.picocli;
}
