package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.FramesLost;
import io.dsr.core.BalancerEvent.InterfaceChanged;
import io.dsr.core.BalancerEvent.InterfaceDown;
import io.dsr.core.BalancerEvent.InterfaceRemoved;
import io.dsr.core.BalancerEvent.InterfaceReturned;
import io.dsr.core.BalancerEvent.InterfaceUp;
import io.dsr.core.BalancerEvent.LoopRecovered;
import io.dsr.core.BalancerEvent.LoopStarved;
import io.dsr.core.BalancerEvent.ServerUnreachable;
import io.dsr.core.Loss;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.NeighbourTimings;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What happens to an interface or an event loop while a balancer runs, made for real: it is told,
 * and traffic recovers without a restart.
 */
final class FaultsIT {

  private static final int PORT = 80;
  private static final Duration SOON = Duration.ofSeconds(8);
  private static final NeighbourTimings SHORT =
      new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 4);

  private Lab lab;
  private HttpServers http;
  private VirtualService service;

  @BeforeEach
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    http = HttpServers.start(lab.servers(), Lab.VIP, PORT);
    service = RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
  }

  @AfterEach
  void takeDown() {
    if (http != null) {
      http.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private EmbeddedBalancer start(int loops) throws Exception {
    return EmbeddedBalancer.start(lab, b -> b.eventLoops(loops).neighbourTimings(SHORT), service);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void goesOnWhenTheLinkIsUpAgain(int loops) throws Exception {
    try (var balanced = start(loops)) {
      assertServes();
      setBalancer("link set seg0 down");
      assertTold(balanced, new InterfaceDown("seg0"));
      setBalancer("link set seg0 up");

      assertTold(balanced, new InterfaceUp("seg0"));
      balanced.awaitServers();
      assertServes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void keepsItsFlowsWhenTheCableWasOut(int loops) throws Exception {
    try (var balanced = start(loops);
        var live = Client.Live.download(lab.client(), Lab.VIP, PORT, 2_000_000)) {
      live.read(100_000);
      setSwitch("link set balancer down");
      assertTold(balanced, new InterfaceDown("seg0"));
      setSwitch("link set balancer up");
      assertTold(balanced, new InterfaceUp("seg0"));

      assertThat(live.drain()).isEqualTo(1_900_000);
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isZero();
      balanced.awaitServers();
      assertServes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void usesAnotherMtu(int loops) throws Exception {
    try (var balanced = start(loops)) {
      setBalancer("link set seg0 mtu 9000");
      assertTold(balanced, new InterfaceChanged("seg0", "mtu", "1500", "9000"));
      balanced.awaitServers();
      assertServes();
      setBalancer("link set seg0 mtu 1400");
      assertTold(balanced, new InterfaceChanged("seg0", "mtu", "9000", "1400"));
      setBalancer("link set seg0 mtu 1500");
      assertTold(balanced, new InterfaceChanged("seg0", "mtu", "1400", "1500"));
      balanced.awaitServers();
      assertServes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void answersAndSendsFromANewMacAddress(int loops) throws Exception {
    try (var balanced = start(loops);
        var live = Client.Live.download(lab.client(), Lab.VIP, PORT, 2_000_000)) {
      live.read(100_000);
      setBalancer("link set seg0 address 02:00:5e:00:00:99");

      assertTold(
          balanced, new InterfaceChanged("seg0", "mac", "00:00:00:00:00:aa", "02:00:5e:00:00:99"));
      assertThat(live.drain()).isEqualTo(1_900_000);
      RunningBalancer.awaitTrue(
          "the router knows the new address",
          () ->
              Command.run(lab.router(), "ip", "neigh", "show", Lab.VIP.getHostAddress())
                  .contains("02:00:5e:00:00:99"));
      balanced.awaitServers();
      assertServes();
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void followsWhatChangedWhileTheLinkWasDown(int loops) throws Exception {
    try (var balanced = start(loops)) {
      setBalancer("link set seg0 down");
      setBalancer("link set seg0 address 02:00:5e:00:00:98");
      setBalancer("link set seg0 mtu 9000");
      setBalancer("link set seg0 name wan8");
      setBalancer("link set wan8 up");

      assertTold(balanced, new InterfaceDown("seg0"));
      assertTold(
          balanced, new InterfaceChanged("seg0", "mac", "00:00:00:00:00:aa", "02:00:5e:00:00:98"));
      assertTold(balanced, new InterfaceChanged("seg0", "mtu", "1500", "9000"));
      assertTold(balanced, new InterfaceChanged("wan8", "name", "seg0", "wan8"));
      assertTold(balanced, new InterfaceUp("wan8"));
      balanced.awaitServers();
      assertServes();
      assertThat(Command.run(lab.router(), "ip", "neigh", "show", Lab.VIP.getHostAddress()))
          .contains("02:00:5e:00:00:98");
    }
  }

  @Test
  void tellsNothingOfServersWhenItIsClosed() throws Exception {
    EmbeddedBalancer balanced = start(1);
    balanced.close();

    assertThat(balanced.eventsSoFar()).noneMatch(ServerUnreachable.class::isInstance);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void followsARenamedInterface(int loops) throws Exception {
    try (var balanced = start(loops)) {
      setBalancer("link set seg0 down");
      setBalancer("link set seg0 name wan7");
      setBalancer("link set wan7 up");

      assertTold(balanced, new InterfaceChanged("wan7", "name", "seg0", "wan7"));
      assertTold(balanced, new InterfaceUp("wan7"));
      balanced.awaitServers();
      assertServes();
      // A change looks at the interface's addresses, by its name.
      InetAddress first = lab.servers().getFirst().ipv4();
      EmbeddedBalancer.await(balanced.balancer().removeRealServer(service.key(), first));
      assertThat(servers()).containsExactly("server2");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void takesADeletedInterfaceAgainWhenItIsBack(int loops) throws Exception {
    try (var balanced = start(loops);
        var _ = CountWatch.of(balanced.balancer());
        var live = Client.Live.download(lab.client(), Lab.VIP, PORT, 2_000_000)) {
      live.read(100_000);
      setBalancer("link del seg0");
      assertTold(balanced, new InterfaceRemoved("seg0"));
      assertThat(balanced.balancer().statistics().interfaces().getFirst().attached()).isFalse();
      // Orders are taken meanwhile.
      EmbeddedBalancer.await(
          balanced.balancer().overrideWeight(service.key(), lab.servers().getFirst().ipv4(), 3));

      plugIn();

      assertTold(balanced, new InterfaceReturned("seg0"));
      assertThat(live.drain()).isEqualTo(1_900_000);
      assertThat(balanced.verdict("FORWARD_MIDFLOW")).isZero();
      balanced.awaitServers();
      assertServes();
      assertThat(balanced.balancer().statistics().kernelFrames()).isPositive();
    }
  }

  @Test
  void tellsOfAStarvedLoopAndAFullRingAndRecovers() throws Exception {
    var sleeper = new Sleeper();
    Host local = lab.localClient().orElseThrow();
    try (var balanced =
            EmbeddedBalancer.start(lab, b -> b.pipeline(p -> p.addFirst(sleeper)), service);
        var _ = sleeper;
        var wire = Wire.of(local)) {
      var crafted = new Crafted(local.mac(), lab.balancer().mac(), local.ipv4(), Lab.VIP);
      byte[] frame = crafted.udp(5_000, 9, new byte[64]);
      sleeper.tired.set(true);
      wire.send(frame);
      assertThat(sleeper.asleep.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      RunningBalancer.awaitTrue(
          "a full ring",
          () -> {
            for (int i = 0; i < 1_000; i++) {
              wire.send(frame);
            }
            return balanced.balancer().statistics().kernelDrops() > 0;
          });
      List<BalancerEvent> told =
          balanced.awaitEvents(SOON, List.of(LoopStarved.class, FramesLost.class));
      sleeper.close();

      assertThat(balanced.awaitEvent(SOON, LoopRecovered.class::isInstance))
          .isEqualTo(new LoopRecovered(0));
      assertThat(told)
          .filteredOn(LoopStarved.class::isInstance)
          .singleElement(InstanceOfAssertFactories.type(LoopStarved.class))
          .satisfies(starved -> assertThat(starved.loop()).isZero())
          .satisfies(starved -> assertThat(starved.late()).isGreaterThan(Duration.ofMillis(500)));
      assertThat(told)
          .filteredOn(FramesLost.class::isInstance)
          .singleElement(InstanceOfAssertFactories.type(FramesLost.class))
          .satisfies(lost -> assertThat(lost.reason()).isEqualTo(Loss.RING_FULL))
          .satisfies(lost -> assertThat(lost.frames()).isPositive());
      assertThat(balanced.balancer().statistics().kernelDrops()).isPositive();
      balanced.awaitServers();
      assertServes();
    }
  }

  @Test
  void tellsOfAFullSendQueueAndRecovers() throws Exception {
    try (var balanced = start(1)) {
      String _ =
          Command.run(
              lab.balancer(),
              "tc qdisc add dev seg0 root tbf rate 8kbit burst 1600 limit 1600".split(" "));
      Host local = lab.localClient().orElseThrow();
      try (var wire = Wire.of(local)) {
        var crafted = new Crafted(local.mac(), lab.balancer().mac(), local.ipv4(), Lab.VIP);
        for (int i = 0; i < 100; i++) {
          wire.send(crafted.syn(6_000 + i, PORT));
        }
      }

      BalancerEvent lost = balanced.awaitEvent(SOON, FramesLost.class::isInstance);
      assertThat(((FramesLost) lost).reason()).isEqualTo(Loss.SEND_QUEUE_FULL);
      String _ = Command.run(lab.balancer(), "tc", "qdisc", "del", "dev", "seg0", "root");
      balanced.awaitServers();
      assertServes();
    }
  }

  private static void assertTold(EmbeddedBalancer balanced, BalancerEvent event) throws Exception {
    assertThat(balanced.awaitEvent(SOON, event::equals)).isEqualTo(event);
  }

  private void assertServes() throws Exception {
    assertThat(servers()).containsExactlyInAnyOrder("server1", "server2");
  }

  private Set<String> servers() throws Exception {
    return HttpCall.servers(lab.client(), Lab.VIP, PORT, 8);
  }

  private void setBalancer(String words) throws Exception {
    String _ = Command.run(lab.balancer(), ("ip " + words).split(" "));
  }

  private void setSwitch(String words) throws Exception {
    String _ = Command.run(lab.segment(), List.of(("ip " + words).split(" ")));
  }

  /** Gives the balancer's host an interface in the place of the one that was deleted. */
  private void plugIn() throws Exception {
    setSwitch(
        "link add name balancer type veth peer name seg0 address 00:00:00:00:00:aa netns "
            + lab.balancer().namespace().path());
    setSwitch("link set balancer master br0 up");
    setBalancer("link set seg0 up");
    setBalancer("addr add 195.30.70.10/24 dev seg0");
    setBalancer("-6 addr add 2001:db8:70::10/64 dev seg0 nodad");
  }

  /** Sleeps once on the event loop, with the first frame after it was told to. */
  private static final class Sleeper extends ChannelInboundHandlerAdapter implements AutoCloseable {

    final AtomicBoolean tired = new AtomicBoolean();
    final CountDownLatch asleep = new CountDownLatch(1);
    private final CountDownLatch wake = new CountDownLatch(1);

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      if (tired.getAndSet(false)) {
        asleep.countDown();
        boolean _ = wake.await(30, TimeUnit.SECONDS);
      }
      context.fireChannelRead(message);
    }

    /** Wakes it. */
    @Override
    public void close() {
      wake.countDown();
    }
  }
}
