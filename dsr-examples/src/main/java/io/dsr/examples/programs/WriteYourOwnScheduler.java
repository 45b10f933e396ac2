package io.dsr.examples.programs;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import io.dsr.core.VirtualService;
import io.dsr.netty.DsrBalancer;
import java.io.IOException;
import java.util.stream.IntStream;

/** A scheduler of your own: two random choices, of which the less busy one takes the flow. */
public final class WriteYourOwnScheduler {

  private WriteYourOwnScheduler() {}

  /**
   * The control-path half: made once, asked for a new picker at every change of the servers. A
   * record, because services are compared by their schedulers when rules are applied again.
   */
  record TwoChoices() implements Scheduler {

    @Override
    public Picker newPicker(Servers servers) {
      return new Chooser(servers); // here allocation is free
    }
  }

  /** The hot half: one for each event loop, so it needs no lock; must not allocate or block. */
  private static final class Chooser implements Picker {

    private final Servers servers;
    private final int[] eligible;

    Chooser(Servers servers) {
      this.servers = servers;
      // Weight 0 is a server that drains, or one that does not answer ARP: leave it out here.
      this.eligible =
          IntStream.range(0, servers.size())
              .filter(position -> servers.weight(position) > 0)
              .toArray();
    }

    @Override
    public int pick(FlowView flow) {
      if (eligible.length == 0) {
        return NONE; // counted as DROP_NO_SERVER
      }
      // A keyed hash of the flow is randomness enough, and outsiders cannot predict it.
      long hash = flow.tupleHash();
      int one = eligible[(int) Long.remainderUnsigned(hash, eligible.length)];
      int other = eligible[(int) Long.remainderUnsigned(Long.reverse(hash), eligible.length)];
      // The load is live: it is read now, not when this picker was made. What is returned is a
      // server's slot, which stays the same while positions shift.
      return servers.slot(servers.active(one) <= servers.active(other) ? one : other);
    }
  }

  /** Balances port 80 of a VIP by two choices until standard input ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 3) {
      System.err.println("usage: WriteYourOwnScheduler INTERFACE VIP SERVER...");
      System.exit(2);
    }
    VirtualService web = VirtualService.tcp(arguments[1], 80).scheduler(new TwoChoices());
    for (int i = 2; i < arguments.length; i++) {
      web = web.realServer(arguments[i]);
    }
    try (DsrBalancer balancer =
        DsrBalancer.builder().networkInterface(arguments[0]).service(web).build()) {
      balancer.start().sync();
      System.out.println("balancing " + web + " by two choices; press Enter to end");
      System.out.println(System.in.read() < 0 ? "end of input" : "Enter");
    }
  }
}
