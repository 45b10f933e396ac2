package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.AccessList;
import io.dsr.core.Admission;
import io.dsr.core.ClientPin;
import io.dsr.core.Explanation;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTracking;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.LocalityOptions;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SlowStart;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What is told of a frame is what then becomes of it, and to tell it changes nothing: for frames of
 * all kinds, services with all rules, servers that come and go, and every scheduler.
 *
 * <p>With {@code -Ddsr.test.scale=1}, which {@code -Plong} sets, a million frames, never fewer than
 * 10,000.
 */
final class OneDecisionTest {

  private static final long FULL_RUN = 1_000_000;
  private static final long SHORTEST_RUN = 10_000;
  private static final int FRAMES_A_SETUP = 1_000;
  private static final int FEW_FLOWS = 25;
  private static final int MANY_FLOWS = 200;

  /** So many frames are asked about before and after flows are forgotten whose time has passed. */
  private static final int FRAMES_BEFORE_EXPIRY = 20;

  private static final SlowStart WARM_SOON = SlowStart.DEFAULT.window(Duration.ofSeconds(4));

  private static final List<Scheduler> SCHEDULERS =
      List.of(
          Schedulers.roundRobin(),
          Schedulers.weightedRoundRobin(),
          Schedulers.smoothRoundRobin(),
          Schedulers.leastConnections(),
          Schedulers.weightedLeastConnections(),
          Schedulers.shortestExpectedDelay(),
          Schedulers.neverQueue(),
          Schedulers.failover(),
          Schedulers.overflow(),
          Schedulers.localityLeastConnections(LocalityOptions.DEFAULT.destinations(16)),
          Schedulers.replicatedLocality(LocalityOptions.DEFAULT.destinations(16)),
          Schedulers.destinationHash(),
          Schedulers.sourceHash(),
          Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(251)),
          Schedulers.rendezvous(),
          Schedulers.boundedLoad(Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(251))),
          Schedulers.random(),
          Schedulers.powerOfTwo(),
          Schedulers.slowStart(Schedulers.roundRobin(), WARM_SOON),
          Schedulers.slowStart(Schedulers.weightedLeastConnections()),
          Schedulers.slowStart(Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(251)), WARM_SOON));

  /** What can become of a frame that is known only once its server is. */
  private static final Set<Verdict> OF_THE_SERVER =
      EnumSet.of(
          Verdict.DROP_UNRESOLVED,
          Verdict.DROP_NO_INTERFACE,
          Verdict.DROP_NO_SERVER,
          Verdict.DROP_LOOP);

  /** What even a short run meets. */
  private static final Set<Verdict> OFTEN =
      EnumSet.complementOf(
          EnumSet.of(
              Verdict.FORWARD_SYN_TABLE_FULL,
              Verdict.DROP_FRAGMENT,
              Verdict.DROP_SOURCE_RATE,
              Verdict.DROP_SOURCE_CONNECTIONS,
              Verdict.DROP_SOURCE_RESETS,
              Verdict.DROP_EXPIRED,
              Verdict.DROP_PINNED,
              Verdict.DROP_BANNED,
              Verdict.DROP_BAD_ICMP,
              Verdict.DROP_BAD_UDP));

  /** What a long run meets. */
  private static final Set<Verdict> EVER = EnumSet.allOf(Verdict.class);

  private final Map<Verdict, Integer> met = new EnumMap<>(Verdict.class);

  private SplittableRandom random = new SplittableRandom();
  private DirectorSetup setup = new DirectorSetup(MANY_FLOWS);
  private DirectorState state = DirectorState.of(setup.director);
  private Decision asked = setup.director.newQuestion();
  private SlotDirectory names = SlotDirectory.of(setup.membership);
  private int unknown;

  @AfterEach
  void close() {
    setup.director.close();
  }

  @Test
  void explainSaysWhatDirectThenDoesAndChangesNothing() {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));
    long runs = Math.max(SHORTEST_RUN, (long) (scale * FULL_RUN));
    long seed = Long.getLong("dsr.test.seed", System.nanoTime());
    System.out.println("OneDecisionTest: dsr.test.seed=" + seed);
    random = new SplittableRandom(seed);
    var frames = new MixedFrames(random.nextLong());
    for (long run = 0; run < runs; run++) {
      String what = "dsr.test.seed=" + seed + ", frame " + run;
      if (run % FRAMES_A_SETUP == 0) {
        begin((int) (run / FRAMES_A_SETUP));
      }
      if (random.nextInt(100) == 0) {
        somethingHappens();
      }
      if (random.nextInt(20) == 0) {
        timePasses(frames, what);
      }
      boolean standsBy = random.nextInt(50) == 0;
      gates(standsBy ? VipGates.CLOSED : VipGates.FOREVER);
      check(frames.next(), what);
    }

    System.out.println("OneDecisionTest: " + met + ", unknown servers " + unknown);
    assertThat(met.keySet()).containsAll(runs < FULL_RUN ? OFTEN : EVER);
    assertThat(unknown).as("frames whose server a picker could not tell").isPositive();
  }

  @Test
  void explainKnowsThatAFlowIsOverThatIsNotForgottenYet() {
    setup.put(tcp(false, 80).realServer(server(false, 1)));
    setup.put(udp(false, 53).realServer(server(false, 1)));
    asked = setup.director.newQuestion();
    byte[] segment = ClientFrames.tcp(ClientFrames.CLIENT, 1, ClientFrames.ACK).bytes();
    byte[] datagram = ClientFrames.udp(ClientFrames.CLIENT, 1).bytes();
    byte[] half = ClientFrames.tcp(ClientFrames.CLIENT, 2, ClientFrames.SYN).bytes();
    List<byte[]> all = List.of(segment, datagram, half);
    all.forEach(frame -> setup.direct(frame));
    assertThat(all).allMatch(this::isKnown);

    setup.now += Duration.ofHours(1).toNanos();
    setup.director.time(setup.now); // and no more: a batch begins, and asks are answered

    assertThat(setup.director.connections()).isEqualTo(3);
    assertThat(all).noneMatch(this::isKnown);
    assertThat(all.stream().map(frame -> setup.inspection().explain(wrap(frame), names)))
        .extracting(Explanation::verdict)
        .containsExactly(Verdict.FORWARD_MIDFLOW, Verdict.FORWARD_NEW, Verdict.FORWARD_NEW);
    assertThat(all.stream().map(frame -> setup.direct(frame)))
        .containsExactly(Verdict.FORWARD_MIDFLOW, Verdict.FORWARD_NEW, Verdict.FORWARD_NEW);
  }

  private static ByteBuf wrap(byte[] frame) {
    return Unpooled.wrappedBuffer(frame.clone());
  }

  private void gates(long deadline) {
    setup.gates.set(VipGates.Deadlines.all(deadline));
    setup.director.time(setup.now);
  }

  private void check(byte[] bytes, String what) {
    ByteBuf frame = wrap(bytes);
    state.take();

    setup.director.decide(frame, asked);
    Explanation told = setup.inspection().explain(frame, names);

    assertThat(frame.array()).as(what).isEqualTo(bytes);
    assertThat(state.change()).as(what).isNull();

    Decision done = setup.director.direct(frame);

    String where = what + ": " + HexFormat.of().formatHex(bytes) + " " + told.steps();
    assertThat(told.verdict()).as(where).isEqualTo(asked.verdict());
    if (isUnknown()) {
      unknown++;
      assertThat(told.server()).as(where).isEmpty();
      assertThat(told.steps()).as(where).anyMatch(step -> step.contains("cannot tell"));
      if (!OF_THE_SERVER.contains(done.verdict())) {
        assertThat(asked.verdict()).as(where).isEqualTo(done.verdict());
      }
    } else {
      assertThat(asked.verdict()).as(where).isEqualTo(done.verdict());
      checkWay(done, told, where);
    }
    met.merge(done.verdict(), 1, Integer::sum);
    for (ByteBuf waited = done.released(); waited != null; waited = done.released()) {
      waited.release();
    }
  }

  private boolean isUnknown() {
    return asked.isPlaced() && asked.isUnknown();
  }

  private void checkWay(Decision done, Explanation told, String where) {
    assertThat(asked.slot()).as(where).isEqualTo(done.slot());
    assertThat(told.forwards()).as(where).isEqualTo(done.slot() >= 0);
    if (done.slot() >= 0) {
      Member member = names.member(done.slot());
      assertThat(asked.link()).as(where).isEqualTo(done.link());
      assertThat(asked.vlan()).as(where).isEqualTo(done.vlan());
      assertThat(asked.retag).as(where).isEqualTo(done.retag);
      assertThat(asked.destination).as(where).isEqualTo(done.destination);
      assertThat(asked.source).as(where).isEqualTo(done.source);
      assertThat(told.server().orElse(null))
          .as(where)
          .isEqualTo(member == null ? null : member.address());
    }
  }

  private void begin(int number) {
    setup.director.close();
    Admission admission =
        Admission.DEFAULT
            .flowsPerSource(number % 4 == 1 ? 5 + random.nextInt(20) : 0)
            .newFlowsPerSecond(number % 4 == 2 ? 8 + random.nextInt(40) : 0)
            .pressurePercent(random.nextBoolean() ? 100 : 90);
    int capacity = number % 4 == 3 ? FEW_FLOWS : MANY_FLOWS;
    setup = new DirectorSetup(capacity, admission, new Director.Rooms(6, 12, 64));
    setup.now = random.nextLong(1L << 40);
    setup.director.advance(setup.now);
    for (boolean ipv6 : List.of(false, true)) {
      putServices(ipv6);
    }
    asked = setup.director.newQuestion();
    changed();
  }

  private void changed() {
    state = DirectorState.of(setup.director);
    names = SlotDirectory.of(setup.membership);
    assertThat(state.size()).isGreaterThan(200);
  }

  private Scheduler scheduler() {
    return SCHEDULERS.get(random.nextInt(SCHEDULERS.size()));
  }

  private static ServiceRules rules(FlowRemoval removal) {
    return ServiceRules.DEFAULT.removal(removal);
  }

  private void putServices(boolean ipv6) {
    VirtualService web = tcp(ipv6, 80).rules(rules(FlowRemoval.KEEP));
    setup.put(servers(web, ipv6, 3));
    var access =
        new AccessList(List.of(), ipv6 ? List.of() : List.of(IpPrefix.parse(MixedFrames.DENIED)));
    VirtualService mail = tcp(ipv6, 25).persistence(persistence(ipv6));
    setup.put(servers(mail.rules(rules(FlowRemoval.MOVE).access(access)), ipv6, 3));
    SourceLimits limits =
        SourceLimits.perAddress().newPerSecond(1, 2).resetsPerSecond(1).connections(6);
    ServiceRules limited = rules(FlowRemoval.EXPIRE).limits(limits.ban(Duration.ofSeconds(5)));
    setup.put(servers(tcp(ipv6, 81).rules(limited), ipv6, 2));
    setup.put(
        servers(
            tcp(ipv6, 82).rules(ServiceRules.DEFAULT.tracking(FlowTracking.SESSIONLESS)), ipv6, 3));
    setup.put(servers(tcp(ipv6, 83).scheduler(Schedulers.random()), ipv6, 3));
    setup.put(tagged(tcp(ipv6, 84).rules(rules(FlowRemoval.EXPIRE)), ipv6));
    setup.put(servers(udp(ipv6, 53).persistence(persistence(ipv6)), ipv6, 2));
    setup.put(udp(ipv6, 54));
    setup.put(udp(ipv6, 55).realServer(server(ipv6, 6)));
    setup.resolve(server(ipv6, 6), Slots.UNRESOLVED);
    setup.put(
        servers(
            udp(ipv6, 123).rules(ServiceRules.DEFAULT.tracking(FlowTracking.ONE_PACKET)), ipv6, 3));
    setup.put(servers(of(Protocol.SCTP, ipv6, 3868), ipv6, 3));
    if (random.nextBoolean()) {
      setup.put(servers(VirtualService.of(everything(ipv6)), ipv6, 3));
    }
  }

  private static ServiceKey everything(boolean ipv6) {
    return new ServiceKey(Protocol.ANY, IpPrefix.of(vip(ipv6)), PortRange.ANY);
  }

  private static InetAddress vip(boolean ipv6) {
    return InetAddress.ofLiteral(ipv6 ? ClientFrames.VIP6 : ClientFrames.VIP);
  }

  private static VirtualService of(Protocol protocol, boolean ipv6, int port) {
    return VirtualService.of(new ServiceKey(protocol, vip(ipv6), port));
  }

  private static VirtualService tcp(boolean ipv6, int port) {
    return of(Protocol.TCP, ipv6, port);
  }

  private static VirtualService udp(boolean ipv6, int port) {
    return of(Protocol.UDP, ipv6, port);
  }

  private static String server(boolean ipv6, int number) {
    return (ipv6 ? "2001:db8::2" : "192.0.2.2") + number;
  }

  /** Gives a service a scheduler, if it has none, and so many servers, the first of them always. */
  private VirtualService servers(VirtualService service, boolean ipv6, int most) {
    VirtualService next = service.scheduler(service.scheduler().orElseGet(this::scheduler));
    for (int number = 1; number <= most; number++) {
      if (number == 1 || random.nextInt(3) > 0) {
        RealServer server = RealServer.of(server(ipv6, number)).weight(random.nextInt(4));
        next = next.realServer(random.nextInt(4) == 0 ? server.thresholds(5, 3) : server);
      }
    }
    return next;
  }

  private VirtualService tagged(VirtualService service, boolean ipv6) {
    return service
        .scheduler(scheduler())
        .realServer(RealServer.of(server(ipv6, 4)).vlan(20))
        .realServer(RealServer.of(server(ipv6, 5)));
  }

  private Persistence persistence(boolean ipv6) {
    var policy = Persistence.sourceAddress(Duration.ofSeconds(20));
    if (ipv6) {
      return policy.ipv6Prefix(64).quota(2);
    }
    var fallback = random.nextBoolean() ? ClientPin.Fallback.REFUSE : ClientPin.Fallback.SCHEDULE;
    InetAddress first = InetAddress.ofLiteral(server(false, 1));
    return policy
        .expireQuiescent(random.nextBoolean())
        .pin(new ClientPin(IpPrefix.parse(MixedFrames.PINNED), first, fallback));
  }

  private void timePasses(MixedFrames frames, String what) {
    long seconds = random.nextInt(30) == 0 ? random.nextInt(130) : 0;
    setup.now += Duration.ofSeconds(seconds).toNanos() + random.nextLong(300_000_000L);
    List<byte[]> some = seconds == 0 ? List.of() : frames(frames);
    setup.director.time(setup.now);
    List<Boolean> known = some.stream().map(this::isKnown).toList();
    setup.director.expire();
    assertThat(some.stream().map(this::isKnown)).as(what).isEqualTo(known);
    while (!setup.director.advance(setup.now) && random.nextInt(4) > 0) {
      // fragments wait, or the table is nearly full
    }
  }

  private static List<byte[]> frames(MixedFrames from) {
    return Stream.generate(from::next).limit(FRAMES_BEFORE_EXPIRY).toList();
  }

  /** Returns whether a frame is said to be of a flow that is remembered. */
  private boolean isKnown(byte[] frame) {
    setup.director.decide(wrap(frame), asked);
    return asked.verdict() == Verdict.FORWARD_FLOW;
  }

  private void somethingHappens() {
    boolean ipv6 = random.nextInt(3) == 0;
    String server = server(ipv6, 1 + random.nextInt(6));
    switch (random.nextInt(8)) {
      case 0, 1, 2, 3 -> {
        List<ServiceMembers> services = List.copyOf(setup.membership.services());
        VirtualService service = services.get(random.nextInt(services.size())).service();
        if (service.key().port() != 84 && service.key().port() != 55) {
          VirtualService none = service.realServers(List.of()).scheduler(scheduler());
          setup.put(servers(none, service.key().isIpv6(), 3));
        }
      }
      case 4 -> setup.resolve(server, Slots.UNRESOLVED);
      case 5 -> setup.resolve(server, DirectorSetup.mac(server));
      case 6 -> onOtherLink(server);
      default ->
          setup.reachability(
              server, random.nextInt(3) == 0 ? Reachability.UNREACHABLE : Reachability.REACHABLE);
    }
    setup.sources(ClientFrames.OWN, random.nextBoolean() ? ClientFrames.OWN + 1 : -1);
    changed();
  }

  private void onOtherLink(String server) {
    InetAddress address = InetAddress.ofLiteral(server);
    setup.membership.services().stream()
        .flatMap(service -> service.members().stream())
        .filter(member -> member.address().equals(address))
        .forEach(member -> setup.slots.nextHop(member.slot(), 1, DirectorSetup.mac(server)));
  }
}
