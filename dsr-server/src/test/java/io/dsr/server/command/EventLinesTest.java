package io.dsr.server.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.Health;
import io.dsr.core.Loss;
import io.dsr.core.MacAddress;
import io.dsr.core.Persistence;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class EventLinesTest {

  private static final InetAddress SERVER = InetAddress.ofLiteral("192.0.2.21");
  private static final MacAddress MAC = MacAddress.of("02:00:00:00:00:21");
  private static final VirtualService WEB =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21", 3);

  @Test
  void tellsEachEventInOneLine() {
    var told = new ByteArrayOutputStream();
    var lines = new EventLines(new PrintStream(told, true, UTF_8));

    lines.accept(new BalancerEvent.ServiceAdded(WEB));
    lines.accept(new BalancerEvent.ServerResolved(SERVER, MAC));
    lines.accept(new BalancerEvent.ServerMoved(SERVER, MAC, MacAddress.of("02:00:00:00:00:22")));
    lines.accept(new BalancerEvent.ServerUnreachable(SERVER));
    lines.accept(new BalancerEvent.VipConflict(WEB.key().address(), MAC));
    lines.accept(new BalancerEvent.VipConflict(InetAddress.ofLiteral("2001:db8::10"), MAC));
    lines.accept(new BalancerEvent.VipOnHost(WEB.key().address(), "lo"));
    lines.accept(new BalancerEvent.ServiceChanged(WEB, WEB.realServer("192.0.2.22")));
    lines.accept(new BalancerEvent.ServiceRemoved(WEB));
    lines.accept(new BalancerEvent.InterfaceDown("eth0"));
    lines.accept(new BalancerEvent.InterfaceUp("eth0"));
    lines.accept(new BalancerEvent.InterfaceRemoved("eth0"));
    lines.accept(new BalancerEvent.InterfaceReturned("eth0"));
    lines.accept(new BalancerEvent.InterfaceChanged("eth0", "mtu", "1500", "9000"));
    lines.accept(new BalancerEvent.FramesLost("eth0", Loss.RING_FULL, 7));
    lines.accept(new BalancerEvent.FramesLost("eth0", Loss.SEND_QUEUE_FULL, 8));
    lines.accept(new BalancerEvent.LoopStarved(1, Duration.ofSeconds(2)));
    lines.accept(new BalancerEvent.LoopRecovered(1));
    lines.accept(new BalancerEvent.ServerDraining(WEB.key(), SERVER));
    lines.accept(new BalancerEvent.ServerUndrained(WEB.key(), SERVER));
    lines.accept(
        new BalancerEvent.WeightOverridden(
            WEB.key(), SERVER, OptionalInt.empty(), OptionalInt.of(5)));
    lines.accept(
        new BalancerEvent.WeightOverridden(
            WEB.key(), SERVER, OptionalInt.of(5), OptionalInt.empty()));
    lines.accept(
        new BalancerEvent.HealthChanged(
            WEB.key(), SERVER, Health.UNKNOWN, Health.down("HTTP\n503")));

    assertThat(told.toString(UTF_8).lines())
        .containsExactly(
            "service added: tcp 192.0.2.10:80 -> 192.0.2.21*3",
            "server 192.0.2.21 has MAC address 02:00:00:00:00:21",
            "server 192.0.2.21 moved from 02:00:00:00:00:21 to 02:00:00:00:00:22",
            "server 192.0.2.21 does not answer ARP or ND: no new connections",
            "conflict: 02:00:00:00:00:21 answers for VIP 192.0.2.10 too (cure: if it is a real"
                + " server, have the VIP on lo alone and set arp_ignore and arp_announce there; if it"
                + " is another balancer, let one of the two own the VIP)",
            "conflict: 02:00:00:00:00:21 answers for VIP 2001:db8::10 too (cure: if it is a real"
                + " server, have the VIP on lo alone there; if it is another balancer, let one of the"
                + " two own the VIP)",
            "conflict: VIP 192.0.2.10 was added to lo of this host, whose kernel may answer for it"
                + " (cure: ip addr del 192.0.2.10/32 dev lo, or the length that it was added with)",
            "service changed: tcp 192.0.2.10:80 -> 192.0.2.21*3 192.0.2.22*1",
            "service removed: tcp 192.0.2.10:80",
            "interface eth0 is down",
            "interface eth0 is up",
            "interface eth0 was removed: waiting for it to return",
            "interface eth0 returned",
            "interface eth0: mtu changed from 1500 to 9000",
            "interface eth0: 7 frames lost: the receive ring was full (cure: more event loops or a"
                + " larger ring)",
            "interface eth0: 8 frames lost: the send queue was full",
            "event loop 1 is starved: it runs 2000 ms late",
            "event loop 1 runs on time again",
            "tcp 192.0.2.10:80: server 192.0.2.21 is draining: no new connections until it is undrained",
            "tcp 192.0.2.10:80: server 192.0.2.21 is no longer draining",
            "tcp 192.0.2.10:80: server 192.0.2.21 has weight 5 instead of its configured weight",
            "tcp 192.0.2.10:80: server 192.0.2.21 has its configured weight again",
            "tcp 192.0.2.10:80: server 192.0.2.21 is down: HTTP 503, was unknown");
  }

  @Test
  void showsWhatChangedBesideTheServers() {
    VirtualService hashed = WEB.scheduler(Schedulers.roundRobin());
    assertThat(EventLines.line(new BalancerEvent.ServiceChanged(WEB, hashed)))
        .isEqualTo("service changed: " + hashed + " (scheduler rr, was wlc)");
    VirtualService sticky = hashed.persistence(Persistence.sourceAddress(Duration.ofMinutes(1)));
    assertThat(EventLines.line(new BalancerEvent.ServiceChanged(hashed, sticky)))
        .isEqualTo("service changed: " + sticky + " (other persistence)");
  }

  @Test
  void saysReadyWithTheInterfaceAndItsServices() {
    assertThat(Readiness.line("eth0", List.of(WEB, VirtualService.udp("2001:db8::10", 53))))
        .isEqualTo("READY eth0: tcp 192.0.2.10:80, udp [2001:db8::10]:53");
    assertThat(Readiness.line("eth0", List.of())).isEqualTo("READY eth0: no services yet");
  }
}
