package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.echo;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VipGatesTest {

  private final DirectorSetup setup = new DirectorSetup();

  @AfterEach
  void close() {
    setup.director.close();
  }

  private static IpPrefix vip(String client) {
    return IpPrefix.parse(ClientFrames.isIpv6(client) ? ClientFrames.VIP6 : ClientFrames.VIP);
  }

  private void serve(String client) {
    boolean ipv6 = ClientFrames.isIpv6(client);
    setup.put(
        VirtualService.tcp(ipv6 ? ClientFrames.VIP6 : ClientFrames.VIP, 80)
            .realServer(ipv6 ? "2001:db8::21" : "192.0.2.21"));
  }

  private void gates(VipGates.Deadlines deadlines) {
    setup.gates.set(deadlines);
    setup.director.time(setup.now);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void dropsEveryFrameForAVipWhoseGateIsClosedAndKeepsTheFlow(String client) {
    serve(client);
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);

    gates(VipGates.Deadlines.all(VipGates.CLOSED));

    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.DROP_STANDBY);
    assertThat(setup.direct(tcp(client, 2, SYN))).isEqualTo(Verdict.DROP_STANDBY);
    assertThat(setup.direct(tooBig(client, 1))).isEqualTo(Verdict.DROP_STANDBY);
    assertThat(setup.direct(echo(client))).isEqualTo(Verdict.DROP_STANDBY);
    assertThat(
            setup.direct(
                FrameBuilder.text("who has").ethernet(-1L >>> 16, ClientFrames.ROUTER, 0x0806)))
        .isEqualTo(Verdict.PASS_NOT_OURS);
    assertThat(setup.director.connections()).isEqualTo(1);

    gates(VipGates.Deadlines.all(VipGates.FOREVER));

    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
    assertThat(setup.direct(echo(client))).isEqualTo(Verdict.PASS_ECHO);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void closesAGateByItselfWhenItsDeadlineHasPassed(String client) {
    serve(client);
    setup.now = -5; // a clock may read anything
    gates(VipGates.Deadlines.of(Set.of(vip(client)), Map.of(vip(client), 10L), VipGates.CLOSED));
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);

    setup.now = 9;
    setup.director.time(setup.now);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);

    setup.now = 10;
    setup.director.time(setup.now);
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.DROP_STANDBY);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void closesTheGateOfOneVipAndNoOther(String client) {
    String other = client.equals(CLIENT) ? CLIENT6 : CLIENT;
    serve(CLIENT);
    serve(CLIENT6);
    gates(
        VipGates.Deadlines.of(
            Set.of(vip(CLIENT), vip(CLIENT6)),
            Map.of(vip(client), VipGates.CLOSED),
            VipGates.FOREVER));

    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.DROP_STANDBY);
    assertThat(setup.direct(tcp(other, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {CLIENT, CLIENT6})
  void goesByTheLongestPrefixThatAnAddressIsIn(String client) {
    serve(client);
    IpPrefix network = IpPrefix.around(vip(client).address(), 24);
    gates(
        VipGates.Deadlines.of(
            Set.of(vip(client), network), Map.of(network, VipGates.CLOSED), VipGates.FOREVER));
    assertThat(setup.direct(tcp(client, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);

    gates(
        VipGates.Deadlines.of(
            Set.of(vip(client), network), Map.of(network, VipGates.FOREVER), VipGates.CLOSED));
    assertThat(setup.direct(tcp(client, 1, ACK))).isEqualTo(Verdict.DROP_STANDBY);
  }
}
