/** A program of somebody else's that embeds a balancer: all that it needs is one module. */
module org.example.embedding {
  requires io.dsr.netty;
}
