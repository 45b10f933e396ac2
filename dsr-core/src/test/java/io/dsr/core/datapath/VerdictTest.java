package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.OWN;
import static io.dsr.core.datapath.ClientFrames.ROUTER;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.echo;
import static io.dsr.core.datapath.ClientFrames.isIpv6;
import static io.dsr.core.datapath.ClientFrames.link;
import static io.dsr.core.datapath.ClientFrames.packet;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.AccessList;
import io.dsr.core.Admission;
import io.dsr.core.ClientPin;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTracking;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.Slots;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every verdict is given, and counted, for a frame of its own; the compiler sees that none lacks.
 */
final class VerdictTest {

  private static final Persistence FOR_A_MINUTE = Persistence.sourceAddress(Duration.ofMinutes(1));

  private DirectorSetup setup = new DirectorSetup(2);

  @AfterEach
  void close() {
    setup.director.close();
  }

  @ParameterizedTest
  @EnumSource
  void isGivenForIpv4(Verdict verdict) {
    begin(CLIENT);

    checkLast(verdict, frames(verdict, CLIENT));
  }

  @ParameterizedTest
  @EnumSource
  void isGivenForIpv6(Verdict verdict) {
    begin(CLIENT6);

    checkLast(verdict, frames(verdict, CLIENT6));
  }

  private void begin(String client) {
    setup.put(service(client).realServer(server(client)));
    setup.put(
        VirtualService.udp(isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP, 53)
            .realServer(isIpv6(client) ? "2001:db8::22" : "192.0.2.22"));
  }

  private long sum() {
    return setup.director.verdicts().snapshot().values().stream().mapToLong(n -> n).sum();
  }

  private void checkLast(Verdict expected, List<FrameBuilder> frames) {
    long sum = sum();
    for (FrameBuilder frame : frames.subList(0, frames.size() - 1)) {
      assertThat(setup.direct(frame)).isEqualTo(Verdict.FORWARD_NEW);
    }
    long before = setup.director.verdicts().of(expected);

    assertThat(setup.direct(frames.getLast())).isEqualTo(expected);

    assertThat(setup.director.verdicts().of(expected)).isEqualTo(before + 1);
    assertThat(sum()).isEqualTo(sum + frames.size());
  }

  /** Returns frames of which the last has that verdict, all before it the one for a new flow. */
  private List<FrameBuilder> frames(Verdict verdict, String client) {
    int transport = 14 + (isIpv6(client) ? 40 : 20);
    return switch (verdict) {
      case FORWARD_NEW -> List.of(udp(client, 1));
      case FORWARD_FLOW -> List.of(udp(client, 1), udp(client, 1));
      case FORWARD_PERSISTENT -> persistent(client);
      case FORWARD_MIDFLOW -> List.of(tcp(client, 1, ACK));
      case FORWARD_TABLE_FULL -> List.of(udp(client, 1), udp(client, 2), udp(client, 3));
      case FORWARD_SYN_TABLE_FULL ->
          List.of(tcp(client, 1, SYN), tcp(client, 2, SYN), tcp(client, 3, SYN));
      case FORWARD_ICMP_ERROR -> List.of(tooBig(client, 1));
      case PASS_NOT_OURS -> List.of(arp());
      case PASS_ECHO -> List.of(echo(client));
      case DROP_SHORT_ETHERNET -> List.of(tcp(client, 1, SYN).truncate(13));
      case DROP_LINK_MULTICAST -> List.of(tcp(client, 1, SYN).set(0, 1));
      case DROP_BAD_VLAN -> List.of(FrameBuilder.text("abc").ethernet(OWN, ROUTER, 0x8100));
      case DROP_BAD_IPV4 -> List.of(tcp(CLIENT, 1, SYN).truncate(33));
      case DROP_BAD_IPV6 -> List.of(tcp(CLIENT6, 1, SYN).truncate(53));
      case DROP_BAD_EXTENSION -> badExtension();
      case DROP_BAD_TCP -> List.of(tcp(client, 1, SYN).set(transport + 12, 0x40));
      case DROP_BAD_UDP -> List.of(udp(client, 1).set(transport + 5, 7));
      case DROP_BAD_ICMP -> List.of(tooBig(FrameBuilder.text("abc"), client));
      case FORWARD_FRAGMENT -> List.of(first(client), later(client, 6));
      case HOLD_FRAGMENT -> List.of(later(client, 6));
      case DROP_FRAGMENT -> List.of(later(client, isIpv6(client) ? 58 : 1));
      case DROP_BAD_SCTP -> List.of(link(packet(client, FrameBuilder.text("abc"), 132), client));
      case DROP_PROTOCOL -> List.of(link(packet(client, FrameBuilder.text("abc"), 47), client));
      case DROP_BOGUS_FLAGS -> List.of(tcp(client, 1, SYN | FIN));
      case DROP_ICMP_TYPE -> List.of(icmpOfAnotherType(client));
      case DROP_NO_SERVICE -> List.of(toPort81(client));
      case DROP_STANDBY -> {
        setup.gates.set(VipGates.Deadlines.all(VipGates.CLOSED));
        setup.director.time(setup.now);
        yield List.of(tcp(client, 1, SYN));
      }
      case DROP_NO_SERVER, DROP_UNRESOLVED, DROP_NO_INTERFACE, DROP_LOOP ->
          withoutServer(verdict, client);
      case DROP_OWN_FRAME -> {
        FrameBuilder own = packet(client, FrameBuilder.text("").tcp(1, 80, SYN, 0, 0), 6);
        yield List.of(own.ethernet(OWN, OWN, isIpv6(client) ? 0x86dd : 0x0800));
      }
      default -> ofRules(verdict, client);
    };
  }

  private List<FrameBuilder> ofRules(Verdict verdict, String client) {
    return switch (verdict) {
      case FORWARD_BRAKED -> guarded(Admission.DEFAULT.newFlowsPerSecond(1), client);
      case FORWARD_OVER_QUOTA ->
          guarded(Admission.DEFAULT.newFlowsPerSecond(0).flowsPerSource(1), client);
      case FORWARD_UNTRACKED -> ruled(r -> r.tracking(FlowTracking.SESSIONLESS), client, 1);
      case DROP_DENIED -> {
        var list = new AccessList(List.of(), List.of(IpPrefix.of(address(client))));
        yield ruled(rules -> rules.access(list), client, 1);
      }
      case DROP_SOURCE_RATE -> limited(limits -> limits.newPerSecond(1, 1), client);
      case DROP_SOURCE_CONNECTIONS -> limited(limits -> limits.connections(1), client);
      case DROP_BANNED -> {
        List<FrameBuilder> frames =
            limited(l -> l.newPerSecond(1, 1).ban(Duration.ofMinutes(1)), client);
        frames.forEach(setup::direct);
        yield List.of(tcp(client, 3, SYN));
      }
      case DROP_SOURCE_RESETS -> {
        limited(limits -> limits.resetsPerSecond(1), client);
        setup.direct(tcp(client, 1, RST));
        yield List.of(tcp(client, 2, RST));
      }
      case DROP_PINNED -> pinned(client);
      case DROP_EXPIRED -> expired(client);
      default -> throw new AssertionError(verdict + " has no frame");
    };
  }

  private List<FrameBuilder> guarded(Admission admission, String client) {
    setup = new DirectorSetup(2, admission);
    begin(client);
    return List.of(udp(client, 1), udp(client, 2));
  }

  private List<FrameBuilder> ruled(UnaryOperator<ServiceRules> change, String client, int frames) {
    ServiceRules rules = change.apply(ServiceRules.DEFAULT);
    setup.put(service(client).realServer(server(client)).rules(rules));
    return List.of(tcp(client, 1, SYN), tcp(client, 2, SYN)).subList(0, frames);
  }

  private List<FrameBuilder> limited(UnaryOperator<SourceLimits> change, String client) {
    SourceLimits limits = change.apply(SourceLimits.perAddress());
    return ruled(rules -> rules.limits(limits), client, 2);
  }

  private List<FrameBuilder> pinned(String client) {
    var pin =
        new ClientPin(
            IpPrefix.of(address(client)), address(server(client)), ClientPin.Fallback.REFUSE);
    setup.put(service(client).realServer(server(client), 0).persistence(FOR_A_MINUTE.pin(pin)));
    return List.of(tcp(client, 1, SYN));
  }

  private List<FrameBuilder> expired(String client) {
    ServiceRules rules = ServiceRules.DEFAULT.removal(FlowRemoval.EXPIRE);
    setup.put(service(client).realServer(server(client)).rules(rules));
    setup.direct(tcp(client, 1, SYN));
    setup.put(service(client).rules(rules));
    return List.of(tcp(client, 1, ACK));
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private List<FrameBuilder> withoutServer(Verdict verdict, String client) {
    String server = server(client);
    switch (verdict) {
      case DROP_NO_SERVER -> setup.put(service(client).realServer(server, 0));
      case DROP_UNRESOLVED -> setup.resolve(server, Slots.UNRESOLVED);
      case DROP_NO_INTERFACE -> setup.sources(-1);
      default -> setup.resolve(server, ROUTER);
    }
    return List.of(tcp(client, 1, SYN));
  }

  private List<FrameBuilder> persistent(String client) {
    setup.put(service(client).persistence(FOR_A_MINUTE).realServer(server(client)));
    return List.of(tcp(client, 1, SYN), tcp(client, 2, SYN));
  }

  private List<FrameBuilder> badExtension() {
    setup.put(service(CLIENT6).realServer(server(CLIENT6)));
    return List.of(
        link(packet(CLIENT6, FrameBuilder.text("").extension(6, 1), 60).set(41, 9), CLIENT6));
  }

  private static FrameBuilder arp() {
    return FrameBuilder.arp(1, ROUTER, "192.0.2.1", 0, ClientFrames.VIP)
        .ethernet(-1, ROUTER, 0x0806);
  }

  private static FrameBuilder toPort81(String client) {
    return link(packet(client, FrameBuilder.text("").tcp(1, 81, SYN, 0, 0), 6), client);
  }

  private static FrameBuilder first(String client) {
    return fragment(client, FrameBuilder.text("").tcp(1, 80, SYN, 0, 0), 6, 0, true);
  }

  private static FrameBuilder later(String client, int protocol) {
    return fragment(client, FrameBuilder.text("the rest of it"), protocol, 3, false);
  }

  private static FrameBuilder fragment(
      String client, FrameBuilder part, int protocol, int offset, boolean more) {
    return isIpv6(client)
        ? link(packet(client, part.fragment(protocol, offset << 3, more), 44), client)
        : link(
            part.ipv4(
                client, ClientFrames.VIP, protocol, (more ? 0x2000 : 0) | offset, new byte[0]),
            client);
  }

  private static FrameBuilder icmpOfAnotherType(String client) {
    return isIpv6(client)
        ? link(packet(client, FrameBuilder.text("").icmpv6(129, 0, 0), 58), client)
        : link(packet(client, FrameBuilder.text("").icmp(13, 0, 0), 1), client);
  }

  private static String server(String client) {
    return isIpv6(client) ? "2001:db8::21" : "192.0.2.21";
  }

  private static VirtualService service(String client) {
    return VirtualService.tcp(isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP, 80);
  }
}
