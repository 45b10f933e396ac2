package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.Scheduler;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two directors, as two event loops have them, with one table of clients. */
final class SeveralLoopsTest {

  private static final long FIRST_MAC = 0xf20000000000L;
  private static final List<String> SERVERS = List.of("192.0.2.21", "192.0.2.22");

  private final Slots slots = new Slots(16);
  private final List<Director> directors = new ArrayList<>();
  private Runnable meanwhile = () -> {};
  private int vlanOfFirst;
  private int next;
  private long other;

  /** Gives each choice to the next server, after what happens meanwhile on another loop. */
  private final Scheduler interrupted =
      servers ->
          flow -> {
            int mine = next;
            next = 1 - next;
            Runnable now = meanwhile;
            meanwhile = () -> {};
            now.run();
            return mine;
          };

  private void begin(String client) {
    boolean ipv6 = ClientFrames.isIpv6(client);
    VirtualService web =
        VirtualService.tcp(ipv6 ? ClientFrames.VIP6 : ClientFrames.VIP, 80)
            .scheduler(interrupted)
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(1)));
    for (String server : SERVERS) {
      RealServer of = RealServer.of(ipv6 ? "2001:db8::" + server.substring(8) : server);
      web = web.realServer(server.equals(SERVERS.getFirst()) ? of.vlan(vlanOfFirst) : of);
    }
    List<OverloadDetector> loads = OverloadDetector.ofLoops(2, 16);
    var tableBuilder = new ServiceTableBuilder(loads, HashKey.PLACEMENT, () -> 0, 100);
    Membership membership = Membership.empty(slots).put(web);
    for (RealServer server : web.realServers()) {
      membership = membership.reachability(server.address(), Reachability.REACHABLE);
    }
    for (ServiceMembers service : membership.services()) {
      service.members().forEach(member -> slots.begin(member.slot(), member.generation()));
      service
          .members()
          .forEach(
              member -> slots.removalPolicy(member.slot(), member.condition().removalPolicy()));
      service.members().forEach(member -> slots.mac(member.slot(), FIRST_MAC + member.slot()));
    }
    List<ServiceTable> serviceTables = tableBuilder.serviceTables(membership, tableBuilder.none());
    for (int loop = 0; loop < 2; loop++) {
      var limits = new DirectorLimits(1000, HashKey.PLACEMENT);
      var director = new Director(slots, loads.get(loop), ClientFrames.OWN, limits, 0);
      director.serviceTable(serviceTables.get(loop), 0);
      directors.add(director);
    }
  }

  /** Returns the MAC address that a loop sends the frame to. */
  private long direct(int loop, FrameBuilder frame, Verdict expected) {
    ByteBuf buffer = Unpooled.wrappedBuffer(frame.bytes());
    assertThat(directors.get(loop).direct(buffer).verdict()).isEqualTo(expected);
    return buffer.getLong(0) >>> 16;
  }

  /** Returns the MAC address that a loop sends the first frame of a new connection to. */
  private long open(int loop, String client, int port) {
    return direct(loop, ClientFrames.tcp(client, port, ClientFrames.SYN), Verdict.FORWARD_NEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {ClientFrames.CLIENT, ClientFrames.CLIENT6})
  void sendsAClientThatComesToBothAtOnceToOneServer(String client) {
    begin(client);
    meanwhile = () -> other = open(1, client, 2001);

    long mine = open(0, client, 2000);

    assertThat(next).as("the scheduler chose two servers").isZero();
    assertThat(mine).isEqualTo(other);
    assertThat(direct(0, ClientFrames.tcp(client, 2000, ClientFrames.ACK), Verdict.FORWARD_FLOW))
        .isEqualTo(mine);
    assertThat(
            direct(0, ClientFrames.tcp(client, 2002, ClientFrames.SYN), Verdict.FORWARD_PERSISTENT))
        .isEqualTo(mine);
  }

  @ParameterizedTest
  @ValueSource(strings = {ClientFrames.CLIENT, ClientFrames.CLIENT6})
  void keepsItsOwnChoiceWhenTheOtherServerIsNotToBeReached(String client) {
    begin(client);
    meanwhile =
        () -> {
          other = open(1, client, 2001);
          slots.mac((int) (other - FIRST_MAC), Slots.UNRESOLVED);
        };

    long mine = open(0, client, 2000);

    assertThat(mine).isNotEqualTo(other);
    assertThat(direct(0, ClientFrames.tcp(client, 2000, ClientFrames.ACK), Verdict.FORWARD_FLOW))
        .isEqualTo(mine);
  }

  @ParameterizedTest
  @ValueSource(strings = {ClientFrames.CLIENT, ClientFrames.CLIENT6})
  void leavesTheVlanOfItsOwnChoiceForThatOfTheOtherLoop(String client) {
    vlanOfFirst = 20;
    begin(client);
    meanwhile = () -> other = open(1, client, 2001);

    long mine = open(0, client, 2000);

    assertThat(mine).isEqualTo(other).isEqualTo(FIRST_MAC + 1);
    assertThat(directors.getFirst().decision().vlan()).isZero();
  }
}
