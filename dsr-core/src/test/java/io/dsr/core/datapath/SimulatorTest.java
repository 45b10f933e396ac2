package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.VIP;
import static io.dsr.core.datapath.ClientFrames.VIP6;
import static io.dsr.core.datapath.ClientFrames.echo;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.Admission;
import io.dsr.core.FlowFilter;
import io.dsr.core.MacAddress;
import io.dsr.core.RealServer;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.PcapReader;
import io.dsr.core.frame.PcapWriter;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.simulation.SimulatedFrame;
import io.dsr.core.simulation.Simulator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SimulatorTest {

  private static final VirtualService WEB =
      VirtualService.tcp(VIP, 80)
          .scheduler(Schedulers.roundRobin())
          .realServer("192.0.2.21")
          .realServer("192.0.2.22");
  private static final VirtualService WEB6 =
      VirtualService.tcp(VIP6, 80)
          .scheduler(Schedulers.roundRobin())
          .realServer("2001:db8::21")
          .realServer("2001:db8::22");
  private static final VirtualService DNS =
      VirtualService.udp(VIP, 53).realServer("192.0.2.21").realServer("192.0.2.23", 3);
  private static final InetAddress FIRST = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress SECOND = InetAddress.ofLiteral("192.0.2.22");

  private long now;
  private final Simulator simulator =
      Simulator.builder(() -> now)
          .mac(new MacAddress(ClientFrames.OWN))
          .maximumConnections(1_000)
          .admission(Admission.DEFAULT.newFlowsPerSecond(0))
          .service(WEB)
          .service(WEB6)
          .service(DNS)
          .build();

  @AfterEach
  void close() {
    simulator.close();
  }

  @RepeatedTest(3)
  void decidesAsTheDirectorDoes() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var setup = new DirectorSetup(1_000).put(WEB).put(WEB6).put(DNS);
    for (int run = 0; run < 5_000; run++) {
      now += random.nextInt(50_000_000);
      setup.now = now;
      setup.director.advance(now);
      byte[] frame = frame(random);

      Verdict verdict = setup.direct(frame);
      release(setup.director.decision());
      SimulatedFrame simulated = simulator.frame(frame);

      assertThat(simulated.verdict()).as("seed %d, run %d", seed, run).isEqualTo(verdict);
      assertThat(simulated.server().map(InetAddress::getHostAddress).orElse(DirectorSetup.NOBODY))
          .as("seed %d, run %d", seed, run)
          .isEqualTo(setup.receiver());
      checkSent(frame, simulated);
    }
    assertThat(simulator.verdicts()).isEqualTo(setup.director.verdicts().snapshot());
    setup.director.close();
  }

  private static void release(Decision decision) {
    for (ByteBuf waited = decision.released(); waited != null; waited = decision.released()) {
      waited.release();
    }
  }

  private static byte[] frame(Random random) {
    int port = 1 + random.nextInt(400);
    String client = random.nextBoolean() ? CLIENT : CLIENT6;
    int[] flags = {SYN, ACK, ACK, ACK | RST};
    byte[] frame =
        switch (random.nextInt(8)) {
          case 0 -> udp(client, port).bytes();
          case 1 -> tooBig(client, port).bytes();
          case 2 -> echo(client).bytes();
          default -> tcp(client, port, flags[random.nextInt(4)]).bytes();
        };
    if (random.nextInt(4) == 0) {
      frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(8) == 0 ? Arrays.copyOf(frame, random.nextInt(frame.length)) : frame;
  }

  private void checkSent(byte[] frame, SimulatedFrame simulated) {
    if (simulated.verdict().action() != Verdict.Action.FORWARD) {
      assertThat(simulated.sent()).isEmpty();
      return;
    }
    byte[] sent = simulated.sent().getFirst();
    long to = Unpooled.wrappedBuffer(sent).getLong(0) >>> 16;
    long from = Unpooled.wrappedBuffer(sent).getLong(6) >>> 16;
    assertThat(to).isEqualTo(simulator.mac(simulated.server().orElseThrow()).bits());
    assertThat(from).isEqualTo(ClientFrames.OWN);
    assertThat(Arrays.copyOfRange(sent, 12, sent.length))
        .isEqualTo(Arrays.copyOfRange(frame, 12, frame.length));
  }

  @Test
  void takesACaptureAndGivesOne() throws IOException {
    var in = new ByteArrayOutputStream();
    try (var writer = new PcapWriter(in)) {
      for (int port = 1; port <= 10; port++) {
        writer.write(port * 1_000L, Unpooled.wrappedBuffer(tcp(CLIENT, port, SYN).bytes()));
        writer.write(port * 1_000L, Unpooled.wrappedBuffer(echo(CLIENT).bytes()));
        writer.write(port * 1_000L, Unpooled.wrappedBuffer(tcp(CLIENT6, port, SYN).bytes()));
      }
    }
    var out = new ByteArrayOutputStream();

    assertThat(simulator.replay(new ByteArrayInputStream(in.toByteArray()), out)).isEqualTo(30);

    var reader = new PcapReader(new ByteArrayInputStream(out.toByteArray()));
    List<byte[]> sent = new ArrayList<>();
    while (reader.next()) {
      assertThat(reader.epochNanos()).isEqualTo((sent.size() / 2 + 1) * 1_000L);
      sent.add(reader.frame());
    }
    assertThat(sent).hasSize(20);
    assertThat(sent.getFirst()).startsWith(octets(simulator.mac(FIRST)));
    assertThat(simulator.verdicts())
        .containsEntry(Verdict.FORWARD_NEW, 20L)
        .containsEntry(Verdict.PASS_ECHO, 10L);
    assertThatThrownBy(() -> simulator.replay(new ByteArrayInputStream(new byte[9]), out))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not a capture");
  }

  private static byte[] octets(MacAddress mac) {
    byte[] octets = new byte[6];
    Unpooled.copyLong(mac.bits() << 16).readBytes(octets);
    return octets;
  }

  @Test
  void movesTimeByTheTickerAlone() {
    simulator.frame(tcp(CLIENT, 1, SYN).bytes());
    simulator.frame(tcp(CLIENT, 1, ACK).bytes());
    assertThat(simulator.flows(FlowFilter.ALL)).hasSize(1);
    assertThat(simulator.flows(FlowFilter.ALL).getFirst().remaining())
        .isBetween(Duration.ofSeconds(900), Duration.ofSeconds(901));

    now = Duration.ofSeconds(899).toNanos();
    assertThat(simulator.flows(FlowFilter.ALL)).hasSize(1);

    now = Duration.ofSeconds(902).toNanos();
    assertThat(simulator.flows(FlowFilter.ALL)).isEmpty();
    assertThat(simulator.frame(tcp(CLIENT, 1, ACK).bytes()).verdict())
        .isEqualTo(Verdict.FORWARD_MIDFLOW);
  }

  @Test
  void explainsWithoutChangingAnything() {
    byte[] syn = tcp(CLIENT, 1, SYN).bytes();

    InetAddress told = simulator.explain(syn).server().orElseThrow();

    assertThat(simulator.flows(FlowFilter.ALL)).isEmpty();
    assertThat(simulator.frame(syn).server()).contains(told);
  }

  @Test
  void hasServersThatFallSilentAndServicesThatChange() {
    simulator.reachable(FIRST, false);
    for (int port = 1; port <= 4; port++) {
      assertThat(simulator.frame(tcp(CLIENT, port, SYN).bytes()).server()).contains(SECOND);
    }
    simulator.reachable(FIRST, true);
    simulator.apply(List.of(WEB.realServers(List.of(RealServer.of("192.0.2.21")))));

    assertThat(simulator.services()).hasSize(1);
    assertThat(simulator.frame(tcp(CLIENT, 9, SYN).bytes()).server()).contains(FIRST);
    assertThat(simulator.frame(tcp(CLIENT, 1, ACK).bytes()).server()).contains(SECOND);
    assertThat(simulator.frame(udp(CLIENT, 9).bytes()).verdict())
        .isEqualTo(Verdict.DROP_NO_SERVICE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> simulator.reachable(InetAddress.ofLiteral("192.0.2.99"), true))
        .withMessage("server: 192.0.2.99 (expected: a server of a service)");
  }

  @Test
  void tagsWhatGoesToAServerOnAVlan() {
    RealServer tagged = RealServer.builder("192.0.2.21").vlan(7).build();
    simulator.apply(List.of(WEB.realServers(List.of(tagged))));
    byte[] syn = tcp(CLIENT, 1, SYN).bytes();

    byte[] sent = simulator.frame(syn).sent().getFirst();

    assertThat(sent).hasSize(syn.length + 4);
    assertThat(Arrays.copyOfRange(sent, 12, 16)).containsExactly(0x81, 0, 0, 7);
    assertThat(Arrays.copyOfRange(sent, 16, sent.length))
        .isEqualTo(Arrays.copyOfRange(syn, 12, syn.length));
  }

  /** The first fragment came with a tag, the one before it without, or the other way round. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tagsAFragmentThatWaitedByItsOwnHeader(boolean firstTagged) {
    RealServer tagged = RealServer.builder("192.0.2.21").vlan(7).build();
    simulator.apply(List.of(DNS.realServers(List.of(tagged))));
    List<FrameBuilder> fragments =
        FrameBuilder.text("a query of two fragments")
            .udp(1, 53)
            .ipv4(CLIENT, VIP, 17)
            .fragments(9, 16);
    byte[] first = frame(fragments.getFirst(), firstTagged);

    simulator.frame(frame(fragments.getLast(), !firstTagged));
    List<byte[]> sent = simulator.frame(first).sent();

    assertThat(sent).hasSize(2);
    assertThat(Arrays.copyOfRange(sent.getFirst(), 12, 18)).containsExactly(0x81, 0, 0, 7, 8, 0);
    assertThat(Arrays.copyOfRange(sent.getLast(), 12, 18)).containsExactly(0x81, 0, 0, 7, 8, 0);
  }

  private static byte[] frame(FrameBuilder packet, boolean tagged) {
    FrameBuilder framed = tagged ? packet.vlan(5, 0x0800) : packet;
    return framed.ethernet(ClientFrames.OWN, ClientFrames.ROUTER).bytes();
  }
}
