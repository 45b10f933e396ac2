package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.CLIENT6;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.udp;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.ChangePreview;
import io.dsr.core.Explanation;
import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.FlowRemoval;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.inspect.ChangeProbe;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.core.scheduler.SourceHashOptions;
import io.dsr.core.snapshot.FlowCodec;
import io.dsr.core.snapshot.SnapshotRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What can be asked of a director: it changes nothing, and it is true. */
final class InspectionTest {

  private static final VirtualService WEB =
      VirtualService.tcp(ClientFrames.VIP, 80)
          .scheduler(Schedulers.maglev())
          .realServer("192.0.2.21")
          .realServer("192.0.2.22")
          .realServer("192.0.2.23");
  private static final VirtualService WEB6 =
      VirtualService.tcp(ClientFrames.VIP6, 80).realServer("2001:db8::21");
  private static final VirtualService DNS =
      VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.22");

  private final DirectorSetup setup = new DirectorSetup(1000);

  @AfterEach
  void close() {
    setup.director.close();
  }

  @Test
  void foretellsWhatBecomesOfEveryHostileFrame() {
    setup.put(WEB).put(WEB6).put(DNS);
    long seed = System.nanoTime();
    var hostile = new HostileFrames(seed);
    Map<Verdict, Integer> met = new HashMap<>();
    for (int run = 0; run < 40_000; run++) {
      int length = hostile.next();
      byte[] frame = java.util.Arrays.copyOf(hostile.bytes(), length);
      int flows = setup.director.connections();
      Map<Verdict, Long> counts = setup.director.verdicts().snapshot();
      byte[] asked = frame.clone();

      Explanation told = explain(asked);

      assertThat(asked).as("seed %d", seed).isEqualTo(frame);
      assertThat(setup.director.connections()).as("seed %d", seed).isEqualTo(flows);
      assertThat(setup.director.verdicts().snapshot()).as("seed %d", seed).isEqualTo(counts);
      Verdict verdict = setup.director.direct(Unpooled.wrappedBuffer(frame)).verdict();
      assertThat(told.verdict()).as("seed %d, run %d", seed, run).isEqualTo(verdict);
      met.merge(verdict, 1, Integer::sum);
    }
    assertThat(met).containsKeys(Verdict.FORWARD_FLOW, Verdict.FORWARD_NEW, Verdict.DROP_BAD_TCP);
  }

  @Test
  void namesTheServerThatTheFrameThenReaches() {
    setup.put(WEB);
    for (int port = 1; port <= 60; port++) {
      Explanation told = explain(tcp(CLIENT, port, port % 2 == 0 ? SYN : ACK).bytes());
      setup.direct(tcp(CLIENT, port, port % 2 == 0 ? SYN : ACK));

      assertThat(told.server().orElseThrow().getHostAddress()).isEqualTo(setup.receiver());
      assertThat(told.candidates()).hasSize(3);
    }
  }

  @Test
  void saysWhyAServerIsNotAsked() {
    setup.put(WEB.realServer("192.0.2.24", 0));

    Explanation told = explain(tcp(CLIENT, 1, SYN).bytes());

    assertThat(told.candidates().getLast().reason()).isEqualTo(WeightReason.CONFIGURED);
    assertThat(told.service()).contains(WEB.key());
    assertThat(told.steps())
        .contains("Its flow is not in the flow table.")
        .anyMatch(s -> s.contains("80"));
  }

  @Test
  void namesTheFlagWithoutWhichAHashDropsTheClientsOfAnUnreachableServer() {
    var noFallback = new SourceHashOptions(/* sourcePort= */ true, /* fallback= */ false);
    setup.put(WEB.scheduler(Schedulers.sourceHash(noFallback)));
    setup.reachability("192.0.2.21", Reachability.UNREACHABLE);
    int dropped = 0;
    for (int port = 1; port <= 100; port++) {
      Explanation told = explain(tcp(CLIENT, port, SYN).bytes());
      boolean drops = told.verdict() == Verdict.DROP_NO_SERVER;
      dropped += drops ? 1 : 0;
      assertThat(told.steps().stream().anyMatch(s -> s.contains("cure: -b sh-fallback")))
          .isEqualTo(drops);
    }
    assertThat(dropped).isBetween(10, 60); // those of one server in three

    setup.put(WEB.scheduler(Schedulers.sourceHash()));
    setup.reachability("192.0.2.21", Reachability.UNREACHABLE);
    for (int port = 1; port <= 100; port++) {
      assertThat(explain(tcp(CLIENT, port, SYN).bytes()).verdict()).isEqualTo(Verdict.FORWARD_NEW);
    }
  }

  @Test
  void tellsWhyAHashDropsTheSameClientsOfARouterThatIsAServerEachTime() {
    setup.put(WEB.scheduler(Schedulers.sourceHash()));
    long router = DirectorSetup.mac("192.0.2.21");
    int dropped = 0;
    for (int last = 1; last <= 100; last++) {
      byte[] syn = tcp("198.51.100." + last, 1, SYN).bytes();
      for (int at = 0; at < 6; at++) {
        syn[6 + at] = (byte) (router >>> (40 - 8 * at));
      }
      Explanation told = explain(syn);
      boolean drops = told.verdict() == Verdict.DROP_LOOP;
      dropped += drops ? 1 : 0;
      assertThat(told.steps().stream().anyMatch(s -> s.contains("use a scheduler that is no hash")))
          .isEqualTo(drops);
      assertThat(setup.direct(syn)).isEqualTo(told.verdict());
      assertThat(explain(syn).verdict())
          .isEqualTo(drops ? Verdict.DROP_LOOP : Verdict.FORWARD_FLOW);
    }
    assertThat(dropped).isBetween(10, 60); // those of one server in three

    setup.put(WEB.scheduler(Schedulers.roundRobin()));
    byte[] fromAnother = tcp("198.51.100.200", 1, SYN).bytes();
    assertThat(explain(fromAnother).steps().toString()).doesNotContain("no hash");
  }

  @Test
  void listsEachFlowOncePageByPage() {
    setup.put(WEB.scheduler(Schedulers.roundRobin())).put(WEB6).put(DNS);
    for (int port = 1; port <= 100; port++) {
      setup.direct(tcp(CLIENT, port, port % 3 == 0 ? SYN : ACK));
      setup.direct(tcp(CLIENT6, port, ACK));
      setup.direct(udp(CLIENT, port));
    }
    Set<FlowEntry> seen = new HashSet<>();
    int flows = 0;
    for (long next = 0; next != FlowPage.END; ) {
      FlowPage page = setup.inspection().flows(FlowFilter.ALL, slotDirectory(), next, 7, 100);
      assertThat(page.flows()).hasSizeLessThanOrEqualTo(7);
      seen.addAll(page.flows());
      flows += page.flows().size();
      next = page.next();
    }

    assertThat(flows).isEqualTo(300);
    assertThat(seen).hasSize(300);
    assertThat(all(FlowFilter.ALL.state("SYN_RECEIVED"))).hasSize(33);
    assertThat(all(FlowFilter.ALL.service(DNS.key())))
        .hasSize(100)
        .allMatch(flow -> flow.state().equals("UDP"));
    assertThat(all(FlowFilter.ALL.client(IpPrefix.parse("2001:db8:ffff:0:0:0:0:0/48"))))
        .hasSize(100);
    assertThat(all(FlowFilter.ALL.server(InetAddress.ofLiteral("192.0.2.22"))))
        .hasSizeBetween(133, 134);
  }

  @Test
  void forgetsWhatMatches() {
    setup.put(WEB).put(DNS);
    for (int port = 1; port <= 50; port++) {
      setup.direct(tcp(CLIENT, port, ACK));
      setup.direct(udp(CLIENT, port));
    }
    int[] forgotten = {0};
    FlowFilter filter = FlowFilter.ALL.service(DNS.key());
    long next = 0;
    while (next != FlowPage.END) {
      next = setup.inspection().forget(filter, slotDirectory(), next, 64, forgotten);
    }

    assertThat(forgotten[0]).isEqualTo(50);
    assertThat(setup.director.connections()).isEqualTo(50);
    assertThat(setup.direct(tcp(CLIENT, 1, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @Test
  void whatIsExportedIsRestoredElsewhereWithItsServer() {
    VirtualService web = WEB.scheduler(Schedulers.roundRobin());
    setup.put(web).put(WEB6).put(DNS);
    Map<Integer, String> servers = new HashMap<>();
    for (int port = 1; port <= 80; port++) {
      setup.direct(tcp(CLIENT, port, SYN));
      setup.direct(tcp(CLIENT, port, ACK));
      servers.put(port, setup.receiver());
      setup.direct(tcp(CLIENT6, port, ACK));
      setup.direct(udp(CLIENT, port));
    }
    ByteBuf file = export();
    var other = new DirectorSetup(1000).put(DNS).put(WEB6).put(web);
    SlotDirectory there = SlotDirectory.of(other.membership);

    long restored = restore(file, other, there);

    assertThat(restored).isEqualTo(240);
    assertThat(other.director.connections()).isEqualTo(240);
    for (int port = 1; port <= 80; port++) {
      int record = other.record(CLIENT, port);
      assertThat(other.table(CLIENT, port).acknowledgement(record)).isEqualTo(2000);
      assertThat(other.table(CLIENT, port).sequenceEnd(record)).isEqualTo(1001);
      assertThat(other.upstream(CLIENT, port)).isEqualTo(ClientFrames.ROUTER);
      assertThat(other.direct(tcp(CLIENT, port, ACK))).isEqualTo(Verdict.FORWARD_FLOW);
      assertThat(other.receiver()).isEqualTo(servers.get(port));
    }
    assertThat(restore(export(), other, there)).as("a second time").isZero();
  }

  @Test
  void noFlowIsRestoredToAServerThatHasBeenRemovedNorToTheNextHolderOfItsSlot() {
    setup.put(DNS);
    setup.direct(udp(CLIENT, 1));
    List<StoredFlow> exported = new ArrayList<>();
    setup.inspection().export(0, 1000, exported::add);
    StoredFlow flow = exported.getFirst();
    setup.inspection().forget(FlowFilter.ALL, slotDirectory(), 0, 1000, new int[1]);
    int slot = flow.slot();
    assertThat(setup.counters.isIdle(slot)).isTrue();

    setup.change(before -> before.put(DNS.realServers(List.of())));
    assertThat(setup.inspection().restore(flow)).as("removed").isFalse();
    setup.change(before -> before.reap(any -> setup.counters.isIdle(any.slot())));
    assertThat(setup.inspection().restore(flow)).as("reaped").isFalse();
    setup.put(DNS.realServers(List.of(RealServer.of("192.0.2.29"))));
    Member next = setup.membership.member(DNS.key(), InetAddress.ofLiteral("192.0.2.29"));
    assertThat(next.slot()).isEqualTo(slot);
    assertThat(next.generation()).isNotEqualTo(flow.generation());
    assertThat(setup.inspection().restore(flow)).as("another's").isFalse();

    assertThat(setup.counters.isIdle(slot)).isTrue();
    assertThat(setup.counters.connections(slot)).isZero();
    assertThat(setup.inspection().restore(flow.server(slot, next.generation()))).isTrue();
  }

  @Test
  void aDamagedSnapshotIsRefusedAndNeverMoreThanThat() {
    setup.put(WEB);
    for (int port = 1; port <= 20; port++) {
      setup.direct(tcp(CLIENT, port, ACK));
    }
    byte[] good = new byte[export().readableBytes()];
    export().readBytes(good);
    long seed = System.nanoTime();
    var random = new Random(seed);
    var other = new DirectorSetup(1000).put(WEB);
    for (int run = 0; run < 20_000; run++) {
      byte[] bad = java.util.Arrays.copyOf(good, 1 + random.nextInt(good.length));
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        restore(Unpooled.wrappedBuffer(bad), other, SlotDirectory.of(other.membership));
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as("seed %d", seed).isNotEmpty();
      }
    }
    assertThat(other.director.connections()).isLessThanOrEqualTo(1000);
    assertThatThrownBy(() ->
            restore(Unpooled.wrappedBuffer(good, 0, 30), other, SlotDirectory.of(other.membership)))
        .hasMessageContaining("ends inside a record");
  }

  private ByteBuf export() {
    ByteBuf out = Unpooled.buffer();
    long[] written = {0};
    SlotDirectory slotDirectory = slotDirectory();
    for (long next = 0; next != FlowPage.END; ) {
      next =
          setup
              .inspection()
              .export(
                  next,
                  50,
                  flow -> {
                    Member member = requireNonNull(slotDirectory.member(flow.slot()));
                    ServiceKey service = requireNonNull(slotDirectory.service(flow.slot()));
                    FlowCodec.write(out, flow, service, member.address());
                    written[0]++;
                  });
    }
    assertThat(written[0]).isEqualTo(setup.director.connections());
    return out;
  }

  private static long restore(ByteBuf in, DirectorSetup into, SlotDirectory slotDirectory) {
    long restored = 0;
    while (in.isReadable()) {
      SnapshotRecord.Flow read = FlowCodec.read(in);
      Member member =
          into.membership.services().stream()
              .filter(of -> of.service().key().toString().equals(read.service()))
              .findFirst()
              .map(of -> slotDirectory.member(of.service().key(), read.server()))
              .orElse(null);
      if (member != null) {
        StoredFlow flow = read.flow().server(member.slot(), member.generation());
        restored += into.inspection().restore(flow) ? 1 : 0;
      }
    }
    return restored;
  }

  @Test
  void foretellsWhatTheRemovalOfAServerMoves() {
    VirtualService web = WEB.rules(ServiceRules.DEFAULT.removal(FlowRemoval.MOVE));
    setup.put(web);
    for (int port = 1; port <= 300; port++) {
      setup.direct(tcp("198.51.100." + (port % 250), port, ACK));
    }
    long ofThird = all(FlowFilter.ALL.server(InetAddress.ofLiteral("192.0.2.23"))).size();
    List<io.dsr.core.RealServer> two = web.realServers().subList(0, 2);

    ChangePreview.ServiceChange change = preview(web.realServers(two)).services().getFirst();

    assertThat(change.hashShareMoved().orElseThrow()).isBetween(0.32, 0.36);
    assertThat(change.unavoidableShare()).isBetween(0.333, 0.334);
    assertThat(change.liveFlows()).isEqualTo(300);
    assertThat(change.flowsMoved()).isEqualTo(ofThird);
    assertThat(change.flowsUnprotected()).isBetween(ofThird, ofThird + 10);
    assertThat(change.summary()).isEqualTo("changes servers");
    ChangePreview kept = preview(web.rules(ServiceRules.DEFAULT).realServers(two));
    assertThat(kept.services().getFirst().flowsMoved()).isZero();
    assertThat(setup.serviceTable.services()).as("nothing has changed").hasSize(1);
  }

  private ChangePreview preview(VirtualService changed) {
    Membership after = setup.membership.put(changed);
    ServiceTable next = setup.tableBuilder.serviceTable(after, setup.serviceTable);
    var probe =
        new ChangeProbe(
            setup.serviceTable, next, slotDirectory(), SlotDirectory.of(after), HashKey.PLACEMENT);
    for (long from = 0; from != FlowPage.END; ) {
      from = probe.walk(setup.inspection(), from, 100);
    }
    return probe.result();
  }

  private Explanation explain(byte[] frame) {
    return setup.inspection().explain(Unpooled.wrappedBuffer(frame), slotDirectory());
  }

  private List<FlowEntry> all(FlowFilter filter) {
    List<FlowEntry> flows = new ArrayList<>();
    for (long next = 0; next != FlowPage.END; ) {
      FlowPage page = setup.inspection().flows(filter, slotDirectory(), next, 50, 500);
      flows.addAll(page.flows());
      next = page.next();
    }
    return flows;
  }

  private SlotDirectory slotDirectory() {
    return SlotDirectory.of(setup.membership);
  }
}
