package io.dsr.examples.programs;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.netty.DsrBalancer;
import java.io.IOException;

/** The least that a program needs to be a balancer: build, start, wait, close. */
public final class EmbedABalancer {

  private EmbedABalancer() {}

  /** Balances port 80 of a VIP until Enter is pressed or standard input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 3) {
      System.err.println("usage: EmbedABalancer INTERFACE VIP SERVER... (all IPv4, or all IPv6)");
      System.exit(2);
    }
    // Ask before starting: the cause says what the process lacks, CAP_NET_RAW for instance.
    Throwable cause = DsrBalancer.unavailabilityCause();
    if (cause != null) {
      System.err.println("EmbedABalancer: " + cause.getMessage());
      System.exit(1);
    }
    // A service is an immutable value: each method returns another one, so keep what it returns.
    VirtualService web = VirtualService.tcp(arguments[1], 80).scheduler(Schedulers.maglev());
    for (int i = 2; i < arguments.length; i++) {
      web = web.realServer(arguments[i]);
    }
    // The VIP must not be an address of this host. The balancer answers ARP and ND for it by
    // itself.
    try (DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface(arguments[0])
            .service(web)
            .listener(event -> System.err.println(event))
            .build()) {
      // Done once the VIP is announced. sync() throws what start() failed with, and then nothing is
      // left behind on the host.
      balancer.start().sync();
      System.out.println("balancing " + web + "; press Enter to end");
      int end = System.in.read();
      System.out.println((end < 0 ? "end of input" : "Enter") + ": the VIP is given up");
    }
  }
}
