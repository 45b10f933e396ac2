package io.dsr.core;

import java.net.InetAddress;

/** Something that a running balancer has to tell. */
public sealed interface BalancerEvent {

  /**
   * A real server answered ARP or neighbour discovery for the first time, or again after silence:
   * it may take new flows.
   *
   * @param server the server's own address
   * @param mac where its frames go
   */
  record ServerResolved(InetAddress server, MacAddress mac) implements BalancerEvent {}

  /**
   * A real server has answered no probe for a while, or never: it takes no new flows. Its live
   * flows go on to the last known MAC address, if it ever had one.
   *
   * @param server the server's own address
   */
  record ServerUnreachable(InetAddress server) implements BalancerEvent {}

  /**
   * A real server now answers from another MAC address; all its frames go there from now on.
   *
   * @param server the server's own address
   * @param from its MAC address until now
   * @param to its MAC address from now on
   */
  record ServerMoved(InetAddress server, MacAddress from, MacAddress to) implements BalancerEvent {}

  /**
   * A service came.
   *
   * @param service as it runs now
   */
  record ServiceAdded(VirtualService service) implements BalancerEvent {}

  /**
   * A service's scheduler, persistence, servers or weights changed.
   *
   * @param before as it ran until now
   * @param after as it runs from now on
   */
  record ServiceChanged(VirtualService before, VirtualService after) implements BalancerEvent {}

  /**
   * A service went.
   *
   * @param service as it ran
   */
  record ServiceRemoved(VirtualService service) implements BalancerEvent {}

  /**
   * Somebody else answers ARP or neighbour discovery for one of our virtual IPs: a real server
   * whose loopback address leaks, a second balancer, or a host that has the address by mistake.
   *
   * @param vip the virtual IP
   * @param mac who answered
   */
  record VipConflict(InetAddress vip, MacAddress mac) implements BalancerEvent {}
}
