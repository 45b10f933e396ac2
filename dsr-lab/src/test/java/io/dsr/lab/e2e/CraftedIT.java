package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.IpProtocol;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that no kernel of the lab makes, and how they reach a server's interface. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CraftedIT {

  private static final int PORT = 80;
  private static final int ASSOCIATIONS = 4;
  private static final int FRAMES = 5;
  private static final int INIT = 1;
  private static final int DATA = 0;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;
  private Host local;
  private Crafted crafted;
  private Wire wire;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    open.add(lab);
    local = lab.localClient().orElseThrow();
    crafted = new Crafted(local.mac(), lab.balancer().mac(), local.ipv4(), Lab.VIP);
    wire = Wire.of(local);
    open.add(wire);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    // The switch shall not take a forged source for a host that has moved.
    List<String> learning =
        List.of(
            "ip", "link", "set", "dev", local.name(), "type", "bridge_slave", "learning", "off");
    String _ = Command.run(lab.segment(), learning);
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void carriesEachSctpAssociationToOneServer() throws Exception {
    VirtualService service = service(Protocol.SCTP, PortRange.of(9_899));
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var heard = new Heard("ip proto 132")) {
      List<byte[]> sent = new ArrayList<>();
      for (int i = 0; i < ASSOCIATIONS; i++) {
        sent.add(crafted.sctp(5_000 + i, 9_899, 0, INIT, new byte[16]));
        for (int j = 1; j < FRAMES; j++) {
          byte[] data = ("association " + i + ", chunk " + j).getBytes(StandardCharsets.US_ASCII);
          sent.add(crafted.sctp(5_000 + i, 9_899, 0xbeef + i, DATA, data));
        }
      }

      wire.send(sent);

      heard.assertEachMetOneServer(sent, FRAMES);
      assertThat(balanced.connections(service.key()).values()).containsExactly(2L, 2L);
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(ASSOCIATIONS);
      assertThat(balanced.verdict("FORWARD_FLOW")).isEqualTo(ASSOCIATIONS * (FRAMES - 1L));
    }
  }

  @Test
  void carriesGreByAddressesAlone() throws Exception {
    VirtualService service = service(Protocol.GRE, PortRange.ANY);
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var heard = new Heard("ip proto 47")) {
      List<byte[]> sent = new ArrayList<>();
      for (int i = 0; i < FRAMES; i++) {
        byte[] gre = {0, 0, 8, 0, 0x45, (byte) i, 1, 2, 3};
        sent.add(crafted.packet(IpProtocol.GRE, gre));
      }

      wire.send(sent);

      heard.assertEachMetOneServer(sent, FRAMES);
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(1);
      assertThat(balanced.verdict("FORWARD_FLOW")).isEqualTo(FRAMES - 1L);
    }
  }

  @Test
  void leavesATaggedFrameOnItsVlan() throws Exception {
    try (var _ = EmbeddedBalancer.start(lab, service(Protocol.UDP, PortRange.of(7)));
        var heard = new Heard("ether src " + lab.balancer().mac() + " and vlan 33")) {
      byte[] sent = Crafted.tagged(crafted.udp(5_000, 7, new byte[] {1, 2, 3}), 33);

      wire.send(sent);

      heard.assertEachMetOneServer(List.of(sent), 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 33})
  void movesFramesToTheServersVlan(int vlan) throws Exception {
    VirtualService service = VirtualService.udp("195.30.70.200", 7);
    for (Host server : lab.servers()) {
      service = service.realServer(new RealServer(server.ipv4(), 1).vlan(20));
    }
    try (var _ = EmbeddedBalancer.start(lab, service.scheduler(Schedulers.roundRobin()));
        var heard = new Heard("ether src " + lab.balancer().mac() + " and vlan 20")) {
      byte[] untagged = crafted.udp(5_000, 7, new byte[] {1, 2, 3});

      wire.send(vlan == 0 ? untagged : Crafted.tagged(untagged, vlan));

      heard.assertEachMetOneServer(List.of(Crafted.tagged(untagged, 20)), 1);
    }
  }

  @Test
  void guardsAgainstLoopsWhileTheRestGoesOn() throws Exception {
    Host server = lab.servers().getFirst();
    VirtualService service =
        RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), List.of(server));
    try (var balanced = EmbeddedBalancer.start(lab, service);
        var heard = new Heard("ether src " + lab.balancer().mac() + " and tcp src port 5000")) {
      byte[] syn = crafted.syn(5_000, PORT);

      for (int i = 0; i < 2; i++) {
        wire.send(Crafted.between(server.mac(), lab.balancer().mac(), syn));
      }
      wire.send(Crafted.between(lab.balancer().mac(), lab.balancer().mac(), syn));
      RunningBalancer.awaitTrue("DROP_LOOP", () -> balanced.verdict("DROP_LOOP") == 2);
      RunningBalancer.awaitTrue("DROP_OWN_FRAME", () -> balanced.verdict("DROP_OWN_FRAME") == 1);

      var answer = lab.client().namespace().call(() -> HttpCall.download(Lab.VIP, PORT, 1_000_000));
      assertThat(answer.bytes()).isEqualTo(1_000_000);
      assertThat(heard.frames()).isEmpty();
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(1);
    }
  }

  @Test
  void dropsAPacketThatKeepsComingBack() throws Exception {
    Host server = lab.servers().getFirst();
    Host other = lab.servers().getLast();
    VirtualService service =
        RunningBalancer.udp(Lab.VIP, 7, Schedulers.roundRobin(), List.of(server));
    try (var balanced = EmbeddedBalancer.start(lab, service)) {
      byte[] datagram = crafted.udp(5_000, 7, new byte[] {1, 2, 3});

      wire.send(datagram);
      for (int i = 0; i < 10; i++) {
        wire.send(Crafted.between(other.mac(), lab.balancer().mac(), datagram));
      }
      RunningBalancer.awaitTrue("DROP_LOOP", () -> balanced.verdict("DROP_LOOP") >= 6);
      wire.send(crafted.udp(5_000, 7, new byte[] {1, 2, 4}));
      RunningBalancer.awaitTrue(
          "all", () -> balanced.verdict("DROP_LOOP") + balanced.verdict("FORWARD_FLOW") == 11);

      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(1);
      assertThat(balanced.verdict("DROP_LOOP")).isEqualTo(6);
    }
  }

  private VirtualService service(Protocol protocol, PortRange ports) {
    VirtualService service =
        VirtualService.of(new ServiceKey(protocol, IpPrefix.of(Lab.VIP), ports))
            .scheduler(Schedulers.roundRobin());
    for (Host server : lab.servers()) {
      service = service.realServer(server.ipv4().getHostAddress());
    }
    return service;
  }

  /** What a tcpdump on each server hears. */
  private final class Heard implements AutoCloseable {

    private final List<Witness> witnesses = new ArrayList<>();

    Heard(String filter) throws IOException {
      for (Host server : lab.servers()) {
        witnesses.add(Witness.of(server, filter + " and ether dst " + server.mac()));
      }
    }

    private long countSoFar() throws IOException {
      long frames = 0;
      for (Witness witness : witnesses) {
        frames += witness.countSoFar();
      }
      return frames;
    }

    /** Ends, and returns what all servers heard. */
    List<byte[]> frames() throws Exception {
      List<byte[]> all = new ArrayList<>();
      for (Witness witness : witnesses) {
        all.addAll(witness.frames());
      }
      return all;
    }

    /** Ends; {@code sent} has {@code group} frames after one another that belong together. */
    void assertEachMetOneServer(List<byte[]> sent, int group) throws Exception {
      RunningBalancer.awaitTrue(sent.size() + " frames heard", () -> countSoFar() >= sent.size());
      List<List<byte[]>> heard = new ArrayList<>();
      for (Witness witness : witnesses) {
        heard.add(witness.frames());
      }
      int total = 0;
      for (int first = 0; first < sent.size(); first += group) {
        int met = -1;
        for (int i = 0; i < heard.size(); i++) {
          met = contains(heard.get(i), expected(i, sent.get(first))) ? i : met;
        }
        assertThat(met).as("server of frame %d", first).isNotNegative();
        for (byte[] frame : sent.subList(first, first + group)) {
          assertThat(heard.get(met))
              .usingElementComparator(Arrays::compare)
              .contains(expected(met, frame));
          total++;
        }
      }
      assertThat(heard.stream().mapToInt(List::size).sum()).isEqualTo(total);
    }

    private byte[] expected(int server, byte[] sent) {
      return Crafted.between(lab.balancer().mac(), lab.servers().get(server).mac(), sent);
    }

    private static boolean contains(List<byte[]> frames, byte[] frame) {
      return frames.stream().anyMatch(each -> Arrays.equals(each, frame));
    }

    @Override
    public void close() throws IOException {
      for (Witness witness : witnesses) {
        witness.close();
      }
    }
  }
}
