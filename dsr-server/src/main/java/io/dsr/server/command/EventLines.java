package io.dsr.server.command;

import io.dsr.core.BalancerEvent;
import io.dsr.core.IpPrefix;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.io.PrintStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
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
          "server " + IpPrefix.text(e.server()) + " has MAC address " + e.mac();
      case BalancerEvent.ServerUnreachable e ->
          "server " + IpPrefix.text(e.server()) + " does not answer ARP or ND: no new connections";
      case BalancerEvent.ServerMoved e ->
          "server " + IpPrefix.text(e.server()) + " moved from " + e.from() + " to " + e.to();
      case BalancerEvent.ServerDraining e ->
          server(e.service(), e.server())
              + " is draining: no new connections until it is undrained";
      case BalancerEvent.ServerUndrained e ->
          server(e.service(), e.server()) + " is no longer draining";
      case BalancerEvent.WeightOverridden e -> server(e.service(), e.server()) + weight(e.to());
      case BalancerEvent.HealthChanged e ->
          server(e.service(), e.server()) + " is " + e.to() + ", was " + e.from();
      case BalancerEvent.ServiceAdded e -> "service added: " + e.service();
      case BalancerEvent.ServiceChanged e -> "service changed: " + e.after() + changes(e);
      case BalancerEvent.ServiceRemoved e -> "service removed: " + e.service().key();
      case BalancerEvent.VipConflict e ->
          "conflict: "
              + e.mac()
              + " answers for VIP "
              + IpPrefix.text(e.vip())
              + " too (cure: if it is a real server, "
              + (e.vip() instanceof Inet6Address
                  ? "have the VIP on lo alone there"
                  : "have the VIP on lo alone and set arp_ignore and arp_announce there")
              + "; if it is another balancer, let one of the two own the VIP)";
      case BalancerEvent.VipOnHost e ->
          "conflict: VIP "
              + IpPrefix.text(e.vip())
              + " was added to "
              + e.name()
              + " of this host, whose kernel may answer for it (cure: ip addr del "
              + IpPrefix.text(e.vip())
              + (e.vip() instanceof Inet6Address ? "/128" : "/32")
              + " dev "
              + e.name()
              + ", or the length that it was added with)";
      case BalancerEvent.InterfaceDown e -> "interface " + e.name() + " is down";
      case BalancerEvent.InterfaceUp e -> "interface " + e.name() + " is up";
      case BalancerEvent.InterfaceRemoved e ->
          "interface " + e.name() + " was removed: waiting for it to return";
      case BalancerEvent.InterfaceReturned e -> "interface " + e.name() + " returned";
      case BalancerEvent.InterfaceChanged e ->
          "interface " + e.name() + ": " + e.what() + " changed from " + e.from() + " to " + e.to();
      case BalancerEvent.FramesLost e -> lost(e);
      case BalancerEvent.LoopStarved e ->
          "event loop " + e.loop() + " is starved: it runs " + e.late().toMillis() + " ms late";
      case BalancerEvent.LoopRecovered e -> "event loop " + e.loop() + " runs on time again";
      case BalancerEvent.ExtensionFailed e ->
          e.extension() + " failed: " + e.failure() + " (later failures are counted)";
      case BalancerEvent.HandlersSlow e -> slow(e);
      case BalancerEvent.FramesHeld e ->
          "interface "
              + e.name()
              + ": nothing is received while handlers "
              + e.handlers()
              + " hold "
              + e.frames()
              + " frames (cure: release or copy each frame)";
      case BalancerEvent.EventsLost e ->
          e.events() + " events were lost here: they came faster than they were printed";
    };
  }

  private static String server(ServiceKey service, InetAddress server) {
    return service + ": server " + IpPrefix.text(server);
  }

  private static String weight(OptionalInt override) {
    return override.isPresent()
        ? " has weight " + override.getAsInt() + " instead of its configured weight"
        : " has its configured weight again";
  }

  /** Returns what changed apart from keys, servers and weights, which a service shows itself. */
  private static String changes(BalancerEvent.ServiceChanged changed) {
    List<String> what = new ArrayList<>();
    VirtualService before = changed.before();
    VirtualService after = changed.after();
    if (!before.scheduler().equals(after.scheduler())) {
      what.add("scheduler " + scheduler(after) + ", was " + scheduler(before));
    }
    if (!before.persistence().equals(after.persistence())) {
      what.add("other persistence");
    }
    if (!before.rules().equals(after.rules())) {
      what.add("other rules");
    }
    return what.isEmpty() ? "" : " (" + String.join("; ", what) + ")";
  }

  private static String scheduler(VirtualService service) {
    return service
        .scheduler()
        .map(own -> own.spec().map(SchedulerSpec::toString).orElseGet(own::toString))
        .orElse("wlc");
  }

  private static String slow(BalancerEvent.HandlersSlow slow) {
    return "interface "
        + slow.name()
        + ": handlers "
        + slow.handlers()
        + " took 5 ms or more for "
        + slow.frames()
        + " frames, at most "
        + slow.longest().toMillis()
        + " ms: all other frames waited";
  }

  private static String lost(BalancerEvent.FramesLost lost) {
    String reason =
        switch (lost.reason()) {
          case RING_FULL -> "the receive ring was full (cure: more event loops or a larger ring)";
          case TRUNCATED -> "they did not fit a ring slot, and the socket buffer was full";
          case GSO_BUFFERS_FULL -> "all GSO buffers were in use";
          case COPY_FAILED, PASS_COPY_FAILED -> "there was no memory for a copy";
          case HANDLER_FAILED -> "the first handler threw an exception";
          case UNREAD -> "the interface was released before they were read";
          case NO_EGRESS -> "the egress interface was closed";
          case SEND_QUEUE_FULL -> "the send queue was full";
          case SEND_BUFFER_FULL -> "the socket send buffer was full";
          case SEND_TOO_LONG -> "they exceed the MTU of the interface";
          case SEND_LINK_DOWN -> "the interface was down";
          case SEND_INVALID, SEND_REFUSED -> "the kernel rejected them";
          case UNSENT -> "the interface was released before they were sent";
        };
    return "interface " + lost.name() + ": " + lost.frames() + " frames lost: " + reason;
  }
}
