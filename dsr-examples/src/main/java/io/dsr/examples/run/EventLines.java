package io.dsr.examples.run;

import io.dsr.core.BalancerEvent;
import java.io.PrintStream;
import java.util.function.Consumer;

/** Tells each event in a line. */
final class EventLines implements Consumer<BalancerEvent> {

  private final PrintStream out;

  EventLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void accept(BalancerEvent event) {
    out.println(line(event));
  }

  static String line(BalancerEvent event) {
    return switch (event) {
      case BalancerEvent.ServerResolved e ->
          "server " + e.server().getHostAddress() + " is at " + e.mac();
      case BalancerEvent.ServerUnreachable e ->
          "server " + e.server().getHostAddress() + " does not answer: no new connections";
      case BalancerEvent.ServerMoved e ->
          "server " + e.server().getHostAddress() + " moved from " + e.from() + " to " + e.to();
      case BalancerEvent.ServiceAdded e -> "service added: " + e.service();
      case BalancerEvent.ServiceChanged e -> "service changed: " + e.after();
      case BalancerEvent.ServiceRemoved e -> "service removed: " + e.service().key();
      case BalancerEvent.VipConflict e ->
          "conflict: "
              + e.mac()
              + " answers for VIP "
              + e.vip().getHostAddress()
              + " too (a real server that answers ARP for it? see arp_ignore, arp_announce)";
    };
  }
}
