package io.dsr.core;

import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalInt;

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
   * An operator drains a real server: it takes no new flows until it is undrained or removed.
   *
   * @param service the first key of its service
   * @param server the server's own address
   */
  record ServerDraining(ServiceKey service, InetAddress server) implements BalancerEvent {}

  /**
   * A real server drains no longer: it may take new flows, as far as all else allows.
   *
   * @param service the first key of its service
   * @param server the server's own address
   */
  record ServerUndrained(ServiceKey service, InetAddress server) implements BalancerEvent {}

  /**
   * An operator set a weight in place of a real server's configured one, or cleared it.
   *
   * @param service the first key of its service
   * @param server the server's own address
   * @param from the weight that was set until now, empty if none was
   * @param to the weight that is set from now on, empty for the configured one
   */
  record WeightOverridden(ServiceKey service, InetAddress server, OptionalInt from, OptionalInt to)
      implements BalancerEvent {}

  /**
   * The health of a real server in one service is another; told when its state changes, not for a
   * new reason alone.
   *
   * @param service the first key of the service
   * @param server the server's own address
   * @param from what the health check said until now
   * @param to what it says now
   */
  record HealthChanged(ServiceKey service, InetAddress server, Health from, Health to)
      implements BalancerEvent {}

  /**
   * A service came.
   *
   * @param service as it runs now
   */
  record ServiceAdded(VirtualService service) implements BalancerEvent {}

  /**
   * A service's scheduler, persistence, rules, servers or configured weights changed.
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

  /**
   * Somebody gave this host one of our virtual IPs, or an address within a network of them, while
   * the balancer runs: its kernel may answer for that by itself, and what it sends from there comes
   * from the balancer. To be removed from the interface, or from the services.
   *
   * @param vip the address
   * @param name the interface that has it
   */
  record VipOnHost(InetAddress vip, String name) implements BalancerEvent {}

  /**
   * An interface went down, by the administrator's will or for want of a carrier: nothing is
   * received or sent there until it is up.
   *
   * @param name as the kernel calls it
   */
  record InterfaceDown(String name) implements BalancerEvent {}

  /**
   * An interface came up; the VIPs have been announced there again.
   *
   * @param name as the kernel calls it
   */
  record InterfaceUp(String name) implements BalancerEvent {}

  /**
   * An interface was deleted, or moved to another network namespace. Real servers behind it take no
   * new flows; all flows stay remembered.
   *
   * @param name as the kernel called it
   */
  record InterfaceRemoved(String name) implements BalancerEvent {}

  /**
   * An interface is there and in use again, after it was removed or refused.
   *
   * @param name as the kernel calls it
   */
  record InterfaceReturned(String name) implements BalancerEvent {}

  /**
   * An interface has another name, MAC address or MTU, and is used so from now on.
   *
   * @param name as the kernel calls it now
   * @param what {@code name}, {@code mac} or {@code mtu}
   * @param from as it was until now
   * @param to as it is from now on
   */
  record InterfaceChanged(String name, String what, String from, String to)
      implements BalancerEvent {}

  /**
   * Frames were lost on an interface; told at most once a second for each reason.
   *
   * @param name as the kernel calls it
   * @param reason where and why
   * @param frames how many since this was last told
   */
  record FramesLost(String name, Loss reason, long frames) implements BalancerEvent {}

  /**
   * An event loop had no time for its ticks: a handler blocks it, or its CPU is another's.
   *
   * @param loop the number of the loop
   * @param late how late its tick was when that was noticed
   */
  record LoopStarved(int loop, Duration late) implements BalancerEvent {}

  /**
   * An event loop that was starved has time again.
   *
   * @param loop the number of the loop
   */
  record LoopRecovered(int loop) implements BalancerEvent {}
}
