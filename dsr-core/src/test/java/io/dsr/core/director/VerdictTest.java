package io.dsr.core.director;

import static io.dsr.core.director.ClientFrames.ACK;
import static io.dsr.core.director.ClientFrames.CLIENT;
import static io.dsr.core.director.ClientFrames.CLIENT6;
import static io.dsr.core.director.ClientFrames.OWN;
import static io.dsr.core.director.ClientFrames.ROUTER;
import static io.dsr.core.director.ClientFrames.SYN;
import static io.dsr.core.director.ClientFrames.echo;
import static io.dsr.core.director.ClientFrames.isIpv6;
import static io.dsr.core.director.ClientFrames.link;
import static io.dsr.core.director.ClientFrames.packet;
import static io.dsr.core.director.ClientFrames.tcp;
import static io.dsr.core.director.ClientFrames.tooBig;
import static io.dsr.core.director.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Persistence;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.Frames;
import io.dsr.core.membership.Slots;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every verdict is given, and counted, for a frame of its own; the compiler sees that none lacks.
 */
final class VerdictTest {

  private static final Persistence FOR_A_MINUTE = Persistence.sourceAddress(Duration.ofMinutes(1));

  private final DirectorSetup setup = new DirectorSetup(2);

  @ParameterizedTest
  @EnumSource
  void isGivenForIpv4(Verdict verdict) {
    setup.put(VirtualService.tcp(ClientFrames.VIP, 80).realServer("192.0.2.21"));
    setup.put(VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.22"));

    checkLast(verdict, frames(verdict, CLIENT));
  }

  @ParameterizedTest
  @EnumSource
  void isGivenForIpv6(Verdict verdict) {
    setup.put(VirtualService.tcp(ClientFrames.VIP6, 80).realServer("2001:db8::21"));
    setup.put(VirtualService.udp(ClientFrames.VIP6, 53).realServer("2001:db8::22"));

    checkLast(verdict, frames(verdict, CLIENT6));
  }

  private void checkLast(Verdict expected, List<Frames> frames) {
    for (Frames frame : frames.subList(0, frames.size() - 1)) {
      assertThat(setup.direct(frame)).isEqualTo(Verdict.FORWARD_NEW);
    }
    long before = setup.director.verdicts().of(expected);

    assertThat(setup.direct(frames.getLast())).isEqualTo(expected);

    assertThat(setup.director.verdicts().of(expected)).isEqualTo(before + 1);
    assertThat(setup.director.verdicts().snapshot().values().stream().mapToLong(n -> n).sum())
        .isEqualTo(frames.size());
  }

  /** Returns frames of which the last has that verdict, all before it the one for a new flow. */
  private List<Frames> frames(Verdict verdict, String client) {
    int transport = 14 + (isIpv6(client) ? 40 : 20);
    return switch (verdict) {
      case FORWARD_NEW -> List.of(udp(client, 1));
      case FORWARD_FLOW -> List.of(udp(client, 1), udp(client, 1));
      case FORWARD_PERSISTENT -> persistent(client);
      case FORWARD_MIDFLOW -> List.of(tcp(client, 1, ACK));
      case FORWARD_TABLE_FULL -> List.of(udp(client, 1), udp(client, 2), udp(client, 3));
      case FORWARD_ICMP_ERROR -> List.of(tooBig(client, 1));
      case PASS_NOT_OURS -> List.of(arp());
      case PASS_ECHO -> List.of(echo(client));
      case DROP_SHORT_ETHERNET -> List.of(tcp(client, 1, SYN).truncate(13));
      case DROP_LINK_MULTICAST -> List.of(tcp(client, 1, SYN).set(0, 1));
      case DROP_BAD_VLAN -> List.of(Frames.text("abc").ethernet(OWN, ROUTER, 0x8100));
      case DROP_BAD_IPV4 -> List.of(tcp(CLIENT, 1, SYN).truncate(33));
      case DROP_BAD_IPV6 -> List.of(tcp(CLIENT6, 1, SYN).truncate(53));
      case DROP_BAD_EXTENSION -> badExtension();
      case DROP_BAD_TCP -> List.of(tcp(client, 1, SYN).set(transport + 12, 0x40));
      case DROP_BAD_UDP -> List.of(udp(client, 1).set(transport + 5, 7));
      case DROP_BAD_ICMP -> List.of(tooBig(Frames.text("abc"), client));
      case DROP_FRAGMENT -> List.of(fragment(client));
      case DROP_PROTOCOL -> List.of(link(packet(client, Frames.text("abc"), 132), client));
      case DROP_ICMP_TYPE -> List.of(icmpOfAnotherType(client));
      case DROP_NO_SERVICE -> List.of(toPort81(client));
      case DROP_NO_SERVER, DROP_UNRESOLVED, DROP_LOOP -> withoutServer(verdict, client);
    };
  }

  private List<Frames> withoutServer(Verdict verdict, String client) {
    String server = server(client);
    switch (verdict) {
      case DROP_NO_SERVER -> setup.put(service(client).realServer(server, 0));
      case DROP_UNRESOLVED -> setup.resolve(server, Slots.UNRESOLVED);
      default -> setup.resolve(server, ROUTER);
    }
    return List.of(tcp(client, 1, SYN));
  }

  private List<Frames> persistent(String client) {
    setup.put(service(client).persistence(FOR_A_MINUTE).realServer(server(client)));
    return List.of(tcp(client, 1, SYN), tcp(client, 2, SYN));
  }

  private List<Frames> badExtension() {
    setup.put(service(CLIENT6).realServer(server(CLIENT6)));
    return List.of(link(packet(CLIENT6, Frames.text("").extension(6, 1), 60).set(41, 9), CLIENT6));
  }

  private static Frames arp() {
    return Frames.arp(1, ROUTER, "192.0.2.1", 0, ClientFrames.VIP).ethernet(-1, ROUTER, 0x0806);
  }

  private static Frames toPort81(String client) {
    return link(packet(client, Frames.text("").tcp(1, 81, SYN, 0, 0), 6), client);
  }

  private static Frames fragment(String client) {
    Frames segment = Frames.text("").tcp(1, 80, SYN, 0, 0);
    return isIpv6(client)
        ? link(packet(client, segment.fragment(6, 0, true), 44), client)
        : link(segment.ipv4(client, ClientFrames.VIP, 6, 0x2000, new byte[0]), client);
  }

  private static Frames icmpOfAnotherType(String client) {
    return isIpv6(client)
        ? link(packet(client, Frames.text("").icmpv6(129, 0, 0), 58), client)
        : link(packet(client, Frames.text("").icmp(13, 0, 0), 1), client);
  }

  private static String server(String client) {
    return isIpv6(client) ? "2001:db8::21" : "192.0.2.21";
  }

  private static VirtualService service(String client) {
    return VirtualService.tcp(isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP, 80);
  }
}
