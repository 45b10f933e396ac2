package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that are larger than a frame: only their first fragments name a port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FragmentIT {

  private static final int ECHO = 7;
  private static final int CRAFTED_SIZE = 1_400;
  private static final int CLIENTS = 6;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).localClient(true).build();
    open.add(lab);
    open.add(UdpEchoServers.start(lab.servers(), Lab.VIP, ECHO));
    open.add(UdpEchoServers.start(lab.servers(), Lab.VIP6, ECHO));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "195.30.70.200, 4000, 2",
    "195.30.70.200, 20000, 13",
    "2001:db8:70::200, 4000, 2",
    "2001:db8:70::200, 20000, 13"
  })
  void echoesADatagramOfManyFragmentsWhole(String literal, int size, int later) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    try (var balanced = EmbeddedBalancer.start(lab, echo(vip))) {
      for (int i = 0; i < CLIENTS; i++) {
        byte[] sent = datagram(i, size);

        byte[] answer = lab.client().namespace().call(() -> exchange(vip, sent));

        assertThat(payload(answer)).isEqualTo(sent);
      }
      assertThat(balanced.verdict("FORWARD_FRAGMENT")).isEqualTo((long) CLIENTS * later);
      assertThat(balanced.verdict("DROP_FRAGMENT")).isZero();
      assertThat(balanced.connections(echo(vip).key()).values()).containsExactly(2L, 2L, 2L);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.200", "2001:db8:70::200"})
  void holdsFragmentsThatComeBeforeTheFirst(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    Host local = lab.localClient().orElseThrow();
    InetAddress own = local.addressLike(vip);
    byte[] sent = datagram(99, 4_000);
    try (var balanced = EmbeddedBalancer.start(lab, echo(vip));
        var wire = Wire.of(local);
        var socket = local.namespace().call(() -> new DatagramSocket(0, own))) {
      socket.setSoTimeout(5_000);
      var crafted = new Crafted(local.mac(), lab.balancer().mac(), own, vip);
      var fragments = crafted.fragments(77, CRAFTED_SIZE, socket.getLocalPort(), ECHO, sent);
      assertThat(fragments).hasSize(3);

      wire.send(fragments.reversed());

      assertThat(payload(receive(socket))).isEqualTo(sent);
      assertThat(balanced.verdict("HOLD_FRAGMENT")).isEqualTo(2);
      assertThat(balanced.verdict("FORWARD_FRAGMENT")).isEqualTo(2);
      assertThat(balanced.verdict("FORWARD_NEW")).isEqualTo(1);
      assertThat(balanced.verdict("DROP_FRAGMENT")).isZero();
    }
  }

  private VirtualService echo(InetAddress vip) {
    return RunningBalancer.udp(vip, ECHO, Schedulers.roundRobin(), lab.servers());
  }

  private static byte[] datagram(int seed, int size) {
    byte[] datagram = new byte[size];
    new Random(seed).nextBytes(datagram);
    return datagram;
  }

  /** Each call has a port, and so a flow, of its own. */
  private static byte[] exchange(InetAddress vip, byte[] sent) throws Exception {
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(5_000);
      socket.send(new DatagramPacket(sent, sent.length, vip, ECHO));
      return receive(socket);
    }
  }

  private static byte[] receive(DatagramSocket socket) throws Exception {
    var answer = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(answer);
    return Arrays.copyOf(answer.getData(), answer.getLength());
  }

  /** Returns an answer without the server's name. */
  private static byte[] payload(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    assertThat(text).startsWith("server");
    return Arrays.copyOfRange(answer, text.indexOf(' ') + 1, answer.length);
  }
}
