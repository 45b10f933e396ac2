package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.SYN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which service takes a packet: by prefix, then by protocol, then by the fewest ports. */
final class ServiceMatchTest {

  private static final PortRange ANY = PortRange.ANY;

  private final DirectorSetup setup = new DirectorSetup(4000);
  private int servers;

  @Test
  void theLongestPrefixWins() {
    put(key(Protocol.TCP, "192.0.2.0/24", PortRange.of(80)));
    String host = put(key(Protocol.TCP, "192.0.2.10", PortRange.of(80)));
    String network = put(key(Protocol.TCP, "192.0.2.8/29", PortRange.of(80)));

    assertThat(receiver("192.0.2.10", 80)).isEqualTo(host);
    assertThat(receiver("192.0.2.11", 80)).isEqualTo(network);
  }

  @Test
  void aShorterPrefixTakesWhatTheLongerHasNoServiceFor() {
    put(key(Protocol.TCP, "192.0.2.10", PortRange.of(80)));
    String rest = put(key(Protocol.TCP, "192.0.2.0/24", ANY));

    assertThat(receiver("192.0.2.10", 81)).isEqualTo(rest);
  }

  @Test
  void theFewestPortsWin() {
    String any = put(key(Protocol.TCP, "192.0.2.10", ANY));
    String wide = put(key(Protocol.TCP, "192.0.2.10", new PortRange(1000, 2000)));
    String narrow = put(key(Protocol.TCP, "192.0.2.10", new PortRange(1500, 1510)));
    String one = put(key(Protocol.TCP, "192.0.2.10", PortRange.of(1505)));

    assertThat(receiver("192.0.2.10", 1505)).isEqualTo(one);
    assertThat(receiver("192.0.2.10", 1506)).isEqualTo(narrow);
    assertThat(receiver("192.0.2.10", 1999)).isEqualTo(wide);
    assertThat(receiver("192.0.2.10", 2001)).isEqualTo(any);
  }

  @Test
  void aNamedProtocolWinsOverAnyAndAnyTakesTheRest() {
    String any = put(key(Protocol.ANY, "192.0.2.10", ANY));
    String tcp = put(key(Protocol.TCP, "192.0.2.10", PortRange.of(80)));

    assertThat(receiver("192.0.2.10", 80)).isEqualTo(tcp);
    assertThat(receiver("192.0.2.10", 81)).isEqualTo(any);
    assertThat(setup.direct(gre())).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(setup.receiver()).isEqualTo(any);
    assertThat(setup.direct(gre())).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @Test
  void aGroupIsOneServiceForAllItsKeys() {
    String server = nextServer();
    setup.put(
        VirtualService.of(key(Protocol.TCP, "192.0.2.10", PortRange.of(21)))
            .addKey(key(Protocol.TCP, "192.0.2.10", new PortRange(1024, 65_535)))
            .addKey(key(Protocol.UDP, "192.0.2.11", PortRange.of(53)))
            .realServer(server));

    assertThat(receiver("192.0.2.10", 21)).isEqualTo(server);
    assertThat(receiver("192.0.2.10", 50_000)).isEqualTo(server);
    assertThat(receiver("192.0.2.10", 80)).isEqualTo(DirectorSetup.NOBODY);
  }

  @Test
  void overlapsAreRefusedWithBothNamed() {
    put(key(Protocol.TCP, "192.0.2.10", new PortRange(1000, 2000)));

    assertThatThrownBy(() -> put(key(Protocol.TCP, "192.0.2.10", new PortRange(1500, 2500))))
        .hasMessageContaining("tcp 192.0.2.10:1500-2500 overlaps tcp 192.0.2.10:1000-2000");
  }

  @Test
  void aRealServerInANetworkOfVipsIsRefused() {
    put(key(Protocol.TCP, "192.0.2.0/25", PortRange.of(80)));

    assertThatThrownBy(
            () -> setup.put(VirtualService.tcp("192.0.2.200", 81).realServer("192.0.2.100")))
        .hasMessageContaining("192.0.2.100");
  }

  @Test
  void findsWhatASearchThroughAllWouldFind() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      var fresh = new DirectorSetup(10_000);
      List<ServiceKey> keys = new ArrayList<>();
      while (keys.size() < 12) {
        ServiceKey key = random(random);
        if (keys.stream().noneMatch(key::conflictsWith)) {
          keys.add(key);
          fresh.put(VirtualService.of(key).realServer("198.18.0." + keys.size()));
        }
      }
      for (int packet = 0; packet < 200; packet++) {
        String vip = "192.0.2." + random.nextInt(16);
        int port = 1 + random.nextInt(20);
        fresh.direct(segment(vip, port, 1 + random.nextInt(60_000)));
        String expected =
            slowly(keys, vip, port).map(k -> "198.18.0." + (keys.indexOf(k) + 1)).orElse("nobody");
        assertThat(fresh.receiver()).as("seed %d, %s:%d", seed, vip, port).isEqualTo(expected);
      }
    }
  }

  private static ServiceKey random(Random random) {
    int length = 28 + random.nextInt(5);
    InetAddress address = InetAddress.ofLiteral("192.0.2." + (1 + random.nextInt(15)));
    int first = 1 + random.nextInt(20);
    PortRange ports =
        switch (random.nextInt(4)) {
          case 0 -> ANY;
          case 1 -> PortRange.of(first);
          default -> new PortRange(first, Math.min(20, first + random.nextInt(8)));
        };
    boolean any = random.nextInt(5) == 0;
    return new ServiceKey(
        any ? Protocol.ANY : Protocol.TCP, IpPrefix.around(address, length), any ? ANY : ports);
  }

  private static Optional<ServiceKey> slowly(List<ServiceKey> keys, String vip, int port) {
    return keys.stream()
        .filter(key -> key.vip().contains(InetAddress.ofLiteral(vip)))
        .filter(key -> key.ports().contains(port))
        .min(
            Comparator.comparingInt((ServiceKey key) -> -key.vip().length())
                .thenComparingInt(key -> key.protocol() == Protocol.ANY ? 1 : 0)
                .thenComparingInt(key -> key.ports().size()));
  }

  private String put(ServiceKey key) {
    String server = nextServer();
    setup.put(VirtualService.of(key).realServer(RealServer.of(server)));
    return server;
  }

  private String nextServer() {
    servers++;
    return "198.18.0." + servers;
  }

  private String receiver(String vip, int port) {
    setup.direct(segment(vip, port, 1));
    return setup.receiver();
  }

  private static FrameBuilder segment(String vip, int port, int clientPort) {
    FrameBuilder segment = FrameBuilder.text("").tcp(clientPort, port, SYN, 1000, 0);
    return ClientFrames.link(segment.ipv4(ClientFrames.CLIENT, vip, 6), ClientFrames.CLIENT);
  }

  private static FrameBuilder gre() {
    FrameBuilder packet = FrameBuilder.text("gre").ipv4(ClientFrames.CLIENT, "192.0.2.10", 47);
    return ClientFrames.link(packet, ClientFrames.CLIENT);
  }

  private static ServiceKey key(Protocol protocol, String vip, PortRange ports) {
    return new ServiceKey(protocol, IpPrefix.parse(vip), ports);
  }
}
