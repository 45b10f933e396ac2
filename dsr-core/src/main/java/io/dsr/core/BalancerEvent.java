package io.dsr.core;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** An event of a running balancer. */
public sealed interface BalancerEvent {

  /**
   * A real server answered ARP or neighbor discovery for the first time, or again after silence: it
   * may take new flows.
   *
   * @param server the server's own address
   * @param mac where its frames go
   */
  record ServerResolved(InetAddress server, MacAddress mac) implements BalancerEvent {}

  /**
   * A real server has answered no probe for a while, or never: it takes no new flows. Its live
   * flows continue to its last known MAC address, if any.
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
   * An operator started to drain a real server: it takes no new flows until it is undrained or
   * removed.
   *
   * @param service the first key of its service
   * @param server the server's own address
   */
  record ServerDraining(ServiceKey service, InetAddress server) implements BalancerEvent {}

  /**
   * A real server is no longer draining: it may take new flows if nothing else prevents that.
   *
   * @param service the first key of its service
   * @param server the server's own address
   */
  record ServerUndrained(ServiceKey service, InetAddress server) implements BalancerEvent {}

  /**
   * An operator overrode a real server's configured weight, or cleared the override.
   *
   * @param service the first key of its service
   * @param server the server's own address
   * @param from the weight that was set until now, empty if none was
   * @param to the weight that is set from now on, empty for the configured one
   */
  record WeightOverridden(ServiceKey service, InetAddress server, OptionalInt from, OptionalInt to)
      implements BalancerEvent {}

  /**
   * The health of a real server in one service changed. A new reason alone is no event.
   *
   * @param service the first key of the service
   * @param server the server's own address
   * @param from what the health check said until now
   * @param to what it says now
   */
  record HealthChanged(ServiceKey service, InetAddress server, Health from, Health to)
      implements BalancerEvent {}

  /**
   * A service was added.
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
   * A service was removed.
   *
   * @param service as it ran
   */
  record ServiceRemoved(VirtualService service) implements BalancerEvent {}

  /**
   * Another host answers ARP or neighbor discovery for one of the balancer's VIPs: a real server
   * whose loopback address leaks, a second balancer, or a host that has the address by mistake.
   *
   * @param vip the virtual IP
   * @param mac who answered
   */
  record VipConflict(InetAddress vip, MacAddress mac) implements BalancerEvent {}

  /**
   * Somebody gave this host one of our virtual IPs, or an address within a network of them, while
   * the balancer runs: its kernel may answer for it. The cure is to remove it from the interface,
   * or from the services.
   *
   * @param vip the address
   * @param name the interface that has it
   */
  record VipOnHost(InetAddress vip, String name) implements BalancerEvent {}

  /**
   * An interface went down, by an administrator or because it has no carrier: nothing is received
   * or sent there until it is up.
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
   * new flows; all flows stay in the table.
   *
   * @param name as the kernel called it
   */
  record InterfaceRemoved(String name) implements BalancerEvent {}

  /**
   * An interface is in use again, after it was removed or rejected.
   *
   * @param name as the kernel calls it
   */
  record InterfaceReturned(String name) implements BalancerEvent {}

  /**
   * The name, MAC address or MTU of an interface changed.
   *
   * @param name as the kernel calls it now
   * @param what {@code name}, {@code mac} or {@code mtu}
   * @param from as it was until now
   * @param to as it is from now on
   */
  record InterfaceChanged(String name, String what, String from, String to)
      implements BalancerEvent {}

  /**
   * Frames were lost on an interface; reported at most once a second for each reason.
   *
   * @param name as the kernel calls it
   * @param reason where and why
   * @param frames how many since the last report
   */
  record FramesLost(String name, Loss reason, long frames) implements BalancerEvent {}

  /**
   * An event loop was starved: a handler blocks it, or another task uses its CPU.
   *
   * @param loop the number of the loop
   * @param late how late its tick was when that was noticed
   */
  record LoopStarved(int loop, Duration late) implements BalancerEvent {}

  /**
   * A starved event loop runs on time again.
   *
   * @param loop the number of the loop
   */
  record LoopRecovered(int loop) implements BalancerEvent {}

  /**
   * Code of the embedding program threw something: a listener, a scheduler, a picker, a handler or
   * what sets up the pipelines. Told once for each; {@link BalancerStatistics.ExtensionStatistics}
   * has the count.
   *
   * @param extension what it is, and its class or its name in the pipeline
   * @param failure what it threw first
   */
  record ExtensionFailed(String extension, String failure) implements BalancerEvent {}

  /**
   * Handlers of the embedding program took 5 ms or more for one frame, or another task used the
   * event loop's CPU meanwhile: all other frames waited. Told for an interface at most once a
   * minute, from the third such frame on.
   *
   * @param name of the interface, as the kernel calls it
   * @param handlers the names of the handlers in its pipelines that are not the balancer's own
   * @param frames how many frames took so long since the last report
   * @param longest how long a frame took at most since then
   */
  record HandlersSlow(String name, List<String> handlers, long frames, Duration longest)
      implements BalancerEvent {

    /** Copies the list. */
    public HandlersSlow {
      handlers = List.copyOf(handlers);
    }
  }

  /**
   * Handlers of the embedding program hold frames that they have not released, and their slots of
   * the ring are the next: for a second nothing was received on the interface, and frames were lost
   * as {@link Loss#RING_FULL}. Told for an interface at most once a minute.
   *
   * @param name of the interface, as the kernel calls it
   * @param handlers the names of the handlers in its pipelines that are not the balancer's own
   * @param frames how many frames are held
   */
  record FramesHeld(String name, List<String> handlers, int frames) implements BalancerEvent {

    /** Copies the list. */
    public FramesHeld {
      handlers = List.copyOf(handlers);
    }
  }

  /**
   * A listener did not get events, because it had not taken the 1,024 before them. Only that
   * listener gets this, in the place of those that it missed.
   *
   * @param events how many it missed
   */
  record EventsLost(long events) implements BalancerEvent {}
}
