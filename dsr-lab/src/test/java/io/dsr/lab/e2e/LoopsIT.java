package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.FlowFilter;
import io.dsr.core.Persistence;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.lab.UdpEchoServers;
import io.dsr.linux.LinuxException;
import io.dsr.linux.cpu.TimeSlice;
import io.dsr.netty.DsrBalancer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several event loops on one interface: each client's frames are one loop's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LoopsIT {

  private static final int PORT = 80;
  private static final int ECHO = 7;
  private static final int CLIENTS = 40;
  private static final int LOOPS = 4;
  private static final int PATH_MTU = 1400;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<InetAddress> clients = new ArrayList<>();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(3).clientPathMtu(PATH_MTU).build();
    open.add(lab);
    for (InetAddress vip : List.of(Lab.VIP, Lab.VIP6)) {
      open.add(HttpServers.start(lab.servers(), vip, PORT));
      open.add(UdpEchoServers.start(lab.servers(), vip, ECHO));
    }
    String _ = Command.run(lab.router(), "ip -6 route add 2001:db8:43::/48 dev clients".split(" "));
    for (int i = 0; i < CLIENTS; i++) {
      addClient("216.139.43." + (100 + i), "/24");
      addClient("2001:db8:43:" + (100 + i) + "::10", "/64"); // a /64 is one source
    }
  }

  private void addClient(String address, String length) throws Exception {
    String _ =
        Command.run(lab.client(), "ip", "addr", "add", address + length, "dev", "seg0", "nodad");
    clients.add(InetAddress.ofLiteral(address));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.200", "2001:db8:70::200"})
  void keepsEachClientOnOneLoopWithItsFragmentsAndTheErrorsAboutIt(String literal)
      throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    var loopsByClient = new ConcurrentHashMap<InetAddress, Set<String>>();
    VirtualService web = RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers());
    VirtualService echo = RunningBalancer.udp(vip, ECHO, Schedulers.roundRobin(), lab.servers());
    forgetPaths();
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.eventLoops(LOOPS).pipeline(p -> p.addFirst(new Sightings(loopsByClient))),
            web,
            echo)) {
      List<InetAddress> ofFamily = ofFamily(vip);
      for (InetAddress client : ofFamily) {
        assertThat(Client.server(lab.client(), vip, PORT, client)).startsWith("server");
        assertThat(Client.server(lab.client(), vip, PORT, client)).startsWith("server");
        assertThat(echo(client, 0, vip, new byte[4_000])).startsWith("server");
      }
      // A download over a narrow link: the router's errors must find the flow.
      InetAddress narrow = lab.client().addressLike(vip);
      try (var download = Client.Live.download(lab.client(), vip, PORT, 1_000_000, narrow)) {
        assertThat(download.drain()).isEqualTo(1_000_000);
      }

      assertThat(loopsByClient.keySet()).containsAll(ofFamily);
      for (InetAddress client : ofFamily) {
        assertThat(loopsByClient.get(client)).as(client.getHostAddress()).hasSize(1);
      }
      Set<String> used = new HashSet<>();
      loopsByClient.values().forEach(used::addAll);
      assertThat(used).hasSize(LOOPS);
      assertThat(balanced.verdict("FORWARD_FRAGMENT")).isEqualTo(2L * CLIENTS);
      assertThat(balanced.verdict("DROP_FRAGMENT")).isZero();
      assertThat(balanced.verdict("FORWARD_ICMP_ERROR")).isPositive();
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isZero();
      assertThat(balanced.balancer().statistics().interfaces().getFirst().kernelFrames())
          .hasSize(LOOPS)
          .allMatch(frames -> frames > 0);
      assertThat(balanced.connections(web.key()).values().stream().mapToLong(n -> n).sum())
          .isEqualTo(2L * CLIENTS + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"195.30.70.200", "2001:db8:70::200"})
  void sharesPersistenceAndListsEveryLoopsFlows(String literal) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService web =
        RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers())
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(5)));
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.eventLoops(LOOPS), web)) {
      Map<InetAddress, String> first = new LinkedHashMap<>();
      for (InetAddress client : ofFamily(vip)) {
        first.put(client, Client.server(lab.client(), vip, PORT, client));
      }
      for (InetAddress client : ofFamily(vip)) {
        assertThat(Client.server(lab.client(), vip, PORT, client)).isEqualTo(first.get(client));
      }
      DsrBalancer balancer = balanced.balancer();
      Set<InetAddress> listed = new HashSet<>();
      long from = 0;
      do {
        var page = EmbeddedBalancer.await(balancer.flows(FlowFilter.ALL, from, 7));
        page.flows().forEach(flow -> listed.add(flow.client()));
        from = page.next();
      } while (from >= 0);

      assertThat(listed).containsExactlyInAnyOrderElementsOf(ofFamily(vip));
      assertThat(EmbeddedBalancer.await(balancer.persistenceEntries(FlowFilter.ALL, 1_000)))
          .hasSize(CLIENTS);
      assertThat(EmbeddedBalancer.await(balancer.forgetFlows(FlowFilter.ALL)))
          .isEqualTo(2 * CLIENTS);
    }
  }

  @Test
  void handsItsFlowsToABalancerWithAnotherNumberOfLoops(@TempDir Path directory) throws Exception {
    VirtualService echo =
        RunningBalancer.udp(Lab.VIP, ECHO, Schedulers.roundRobin(), lab.servers());
    Path file = directory.resolve("snapshot");
    List<String> before = new ArrayList<>();
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.eventLoops(2), echo)) {
      for (InetAddress client : ofFamily(Lab.VIP)) {
        before.add(echo(client, 5_000, Lab.VIP, new byte[100]));
      }
      assertThat(EmbeddedBalancer.await(balanced.balancer().exportSnapshot(file)))
          .isEqualTo(CLIENTS);
    }
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.eventLoops(3), echo)) {
      assertThat(EmbeddedBalancer.await(balanced.balancer().importSnapshot(file)))
          .isEqualTo(CLIENTS);
      List<String> after = new ArrayList<>();
      for (InetAddress client : ofFamily(Lab.VIP)) {
        after.add(echo(client, 5_000, Lab.VIP, new byte[100]));
      }

      assertThat(after).isEqualTo(before);
      assertThat(balanced.verdict("FORWARD_FLOW")).isEqualTo(CLIENTS);
    }
  }

  @Test
  void bindsItsLoopsToTheCpusThatItIsGiven() throws Exception {
    VirtualService web = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    try (var _ = EmbeddedBalancer.start(lab, b -> b.eventLoops(2).cpus(1, 0), web)) {
      HttpCall.Answer answer =
          lab.client().namespace().call(() -> HttpCall.get(Lab.VIP, PORT, "/"));

      assertThat(answer.server()).startsWith("server");
      assertThat(allowed("dsr-seg0-")).containsExactlyInAnyOrder("0", "1");
    }
  }

  @Test
  void asksForShortTimeSlicesForItsLoopsAlone() throws Exception {
    long before = TimeSlice.ofThread();
    VirtualService web = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
    Set<Long> slices = ConcurrentHashMap.newKeySet();

    try (var _ =
        EmbeddedBalancer.start(lab, b -> b.eventLoops(2).pipeline(p -> slices.add(slice())), web)) {
      // Before Linux 6.12 the kernel tells of no slice, and gives none.
      assertThat(slices).containsExactly(before == 0 ? 0 : TimeSlice.SHORTEST_NANOS);
    }
    slices.clear();
    try (var _ =
        EmbeddedBalancer.start(
            lab, b -> b.timeSlice(Duration.ZERO).pipeline(p -> slices.add(slice())), web)) {
      assertThat(slices).containsExactly(before);
    }
    assertThat(TimeSlice.ofThread()).isEqualTo(before);
  }

  private static long slice() {
    try {
      return TimeSlice.ofThread();
    } catch (LinuxException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the CPUs that threads of this process whose names begin so may use. */
  private static List<String> allowed(String name) throws Exception {
    List<String> cpus = new ArrayList<>();
    for (Path thread : PathsOf.threads()) {
      Map<String, String> status = PathsOf.status(thread);
      if (status.getOrDefault("Name", "").startsWith(name)
          && !status.getOrDefault("Cpus_allowed_list", "").contains("-")) {
        cpus.add(status.getOrDefault("Cpus_allowed_list", ""));
      }
    }
    return cpus;
  }

  private List<InetAddress> ofFamily(InetAddress like) {
    return clients.stream().filter(c -> c.getClass().equals(like.getClass())).toList();
  }

  private void forgetPaths() throws Exception {
    for (Host server : lab.servers()) {
      String _ = Command.run(server, "ip", "route", "flush", "cache");
      String _ = Command.run(server, "ip", "-6", "route", "flush", "cache");
    }
  }

  /** Sends a datagram from a client's address, and returns the name of the server that answers. */
  private String echo(InetAddress client, int port, InetAddress vip, byte[] payload)
      throws Exception {
    return lab.client()
        .namespace()
        .call(() -> {
          try (var socket = new DatagramSocket(port, client)) {
            socket.setSoTimeout(5_000);
            socket.send(new DatagramPacket(payload, payload.length, vip, ECHO));
            var answer = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(answer);
            String text =
                new String(answer.getData(), 0, answer.getLength(), StandardCharsets.ISO_8859_1);
            return text.substring(0, text.indexOf(' '));
          }
        });
  }

  /** Notes on which thread the frames of each client come, by nothing of ours that reads them. */
  private static final class Sightings extends ChannelInboundHandlerAdapter {

    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private final Map<InetAddress, Set<String>> threads;

    Sightings(Map<InetAddress, Set<String>> threads) {
      this.threads = threads;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      InetAddress client = client((ByteBuf) message);
      if (client != null) {
        threads
            .computeIfAbsent(client, c -> ConcurrentHashMap.newKeySet())
            .add(Thread.currentThread().getName());
      }
      context.fireChannelRead(message);
    }

    private static @Nullable InetAddress client(ByteBuf frame) throws UnknownHostException {
      int type = frame.getUnsignedShort(12);
      if (type == 0x0800) {
        boolean error = frame.getByte(23) == ICMP && frame.getByte(34) == 3;
        return address(frame, error ? 34 + 8 + 16 : 26, 4);
      }
      if (type == 0x86dd && !(frame.getByte(20) == ICMPV6 && frame.getByte(54) < 0)) {
        boolean error = frame.getByte(20) == ICMPV6;
        return address(frame, error ? 54 + 8 + 24 : 22, 16);
      }
      return null;
    }

    private static InetAddress address(ByteBuf frame, int index, int length)
        throws UnknownHostException {
      byte[] octets = new byte[length];
      frame.getBytes(index, octets);
      return InetAddress.getByAddress(octets);
    }
  }
}
