package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.FIN;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.Admission;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowRemoval;
import io.dsr.core.HashKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowAging;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowListener;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.scheduler.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A flow opens once, changes and closes once, and is not forgotten while others see it. */
final class FlowLifeTest {

  private static final String FIRST = "192.0.2.21";
  private static final VirtualService WEB =
      VirtualService.tcp(ClientFrames.VIP, 80).scheduler(Schedulers.roundRobin());
  private static final VirtualService DNS =
      VirtualService.udp(ClientFrames.VIP, 53).scheduler(Schedulers.roundRobin());

  private final DirectorSetup setup = new DirectorSetup(100);
  private final List<String> heard = new ArrayList<>();

  @AfterEach
  void close() {
    setup.director.close();
  }

  @Test
  void aConnectionOpensChangesAndExpires() {
    setup.put(WEB.realServer(FIRST));
    setup.director.listener(new Log());

    setup.direct(tcp(CLIENT, 1, SYN));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.direct(tcp(CLIENT, 1, ACK));
    setup.direct(tcp(CLIENT, 1, ACK));
    setup.direct(tcp(CLIENT, 1, FIN | ACK));
    pass(Duration.ofSeconds(121));

    assertThat(heard)
        .containsExactly(
            "opened 1 SYN_RECEIVED f2005e0000fe",
            "changed 1 ESTABLISHED",
            "changed 1 FIN_WAIT",
            "closed 1 EXPIRED");
  }

  @Test
  void aConnectionThatIsAcknowledgedMovesAndDoesNotClose() {
    setup.put(WEB.realServer(FIRST));
    setup.direct(tcp(CLIENT, 1, SYN));
    assertThat(setup.tables(CLIENT).halfOpen().size()).isOne();
    setup.director.listener(new Log());

    setup.direct(tcp(CLIENT, 1, ACK));

    assertThat(setup.tables(CLIENT).halfOpen().size()).isZero();
    assertThat(heard).containsExactly("changed 1 ESTABLISHED");
  }

  @Test
  void aSynOnAConnectionThatIsClosingClosesItAndOpensAnother() {
    setup.put(WEB.realServer(FIRST));
    setup.direct(tcp(CLIENT, 1, ACK));
    setup.direct(tcp(CLIENT, 1, FIN | ACK));
    setup.director.listener(new Log());

    setup.direct(tcp(CLIENT, 1, SYN));

    assertThat(heard).containsExactly("closed 1 REUSED", "opened 1 SYN_RECEIVED f2005e0000fe");
  }

  @Test
  void aFlowWhoseServerIsRemovedClosesWithItsNextFrame() {
    var rules = ServiceRules.DEFAULT.removal(FlowRemoval.EXPIRE);
    setup.put(DNS.realServer(FIRST).rules(rules));
    setup.direct(udp(CLIENT, 1));
    setup.director.listener(new Log());
    setup.put(DNS.realServer("192.0.2.22").rules(rules));
    assertThat(heard).isEmpty();

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.DROP_EXPIRED);

    assertThat(heard).containsExactly("closed 1 SERVER_REMOVED");
  }

  @Test
  void aFlowThatAnOperatorForgetsIsRemoved() {
    setup.put(DNS.realServer(FIRST));
    setup.direct(udp(CLIENT, 1));
    setup.director.listener(new Log());

    setup
        .inspection()
        .forget(FlowFilter.ALL, SlotDirectory.of(setup.membership), 0, 1_000, new int[1]);

    assertThat(heard).containsExactly("closed 1 REMOVED");
  }

  @Test
  void aFlowThatGivesWayIsEvicted() {
    setup.put(DNS.realServer(FIRST));
    for (int port = 1; port <= 95; port++) {
      setup.direct(udp(CLIENT, port));
    }
    setup.director.listener(new Log());

    pass(Duration.ofSeconds(61));

    assertThat(heard).isNotEmpty().allMatch(line -> line.endsWith(" EVICTED"));
  }

  @Test
  void aFlowIsForgottenThoughItsListenerThrows() {
    setup.put(DNS.realServer(FIRST));
    setup.direct(udp(CLIENT, 1));
    setup.director.listener(
        new FlowListener() {
          @Override
          public void closed(FlowTracker table, int record, CloseReason reason) {
            throw new IllegalStateException("on purpose");
          }
        });

    assertThatThrownBy(() -> pass(Duration.ofSeconds(302))).hasMessage("on purpose");

    assertThat(setup.director.connections()).isZero();
    assertThat(setup.director.expire()).isTrue();
    setup.director.listener(null);
    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_NEW);
  }

  @Test
  void eachFlowOpensOnceAndClosesOnceWhateverComes() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    setup.put(WEB.realServer(FIRST)).put(DNS.realServer(FIRST));
    Map<String, Boolean> open = new HashMap<>();
    setup.director.listener(
        new Log() {
          @Override
          void note(String flow, String event) {
            switch (event) {
              case "opened" -> assertThat(open.put(flow, true)).as("seed %d", seed).isNull();
              case "closed" -> assertThat(open.remove(flow)).as("seed %d", seed).isTrue();
              default -> assertThat(open).as("seed %d", seed).containsKey(flow);
            }
          }
        });

    for (int frame = 0; frame < 20_000; frame++) {
      int port = 1 + random.nextInt(150);
      int flags = new int[] {SYN, ACK, FIN | ACK, ClientFrames.RST}[random.nextInt(4)];
      setup.direct(random.nextInt(4) == 0 ? udp(CLIENT, port) : tcp(CLIENT, port, flags));
      if (random.nextInt(50) == 0) {
        pass(Duration.ofMillis(random.nextInt(20_000)));
      }
      assertThat(setup.director.connections()).as("seed %d", seed).isEqualTo(open.size());
    }
  }

  @Test
  void aFlowThatWasSeenElsewhereStaysForItsTimeout() {
    setup.put(DNS.realServer(FIRST));
    setup.direct(udp(CLIENT, 1));
    setup.director.listener(new Log());
    long[] seen = {Duration.ofSeconds(200).toNanos()};
    setup.director.aging((table, record) -> seen[0]);

    pass(Duration.ofSeconds(301));
    assertThat(setup.director.connections()).isOne();
    pass(Duration.ofSeconds(190));
    assertThat(setup.director.connections()).isOne();
    pass(Duration.ofSeconds(12));

    assertThat(heard).containsExactly("closed 1 EXPIRED");
  }

  @Test
  void aFrameOfAFlowThatWasSeenElsewhereFindsItBeforeItIsAskedAbout() {
    setup.put(DNS.realServer(FIRST));
    setup.direct(udp(CLIENT, 1));
    setup.director.aging((table, record) -> Duration.ofSeconds(200).toNanos());

    setup.now += Duration.ofSeconds(301).toNanos();
    setup.director.time(setup.now);

    assertThat(setup.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_FLOW);
  }

  @Test
  void aFlowThatWasSeenElsewhereEarlierOrNeverExpires() {
    setup.put(DNS.realServer(FIRST));
    setup.direct(udp(CLIENT, 1));
    setup.now += Duration.ofSeconds(100).toNanos();
    setup.director.advance(setup.now);
    setup.direct(udp(CLIENT, 2));
    setup.direct(udp(CLIENT, 1));
    setup.director.listener(new Log());
    setup.director.aging((table, record) ->
        key(table, record).sourcePort() == 1 ? Duration.ofSeconds(50).toNanos() : FlowAging.NEVER);

    pass(Duration.ofSeconds(301));

    assertThat(heard).containsExactlyInAnyOrder("closed 1 EXPIRED", "closed 2 EXPIRED");
  }

  @Test
  void aFlowThatWasSeenElsewhereDoesNotGiveWay() {
    setup.put(DNS.realServer(FIRST));
    for (int port = 1; port <= 95; port++) {
      setup.direct(udp(CLIENT, port));
    }
    setup.director.listener(new Log());
    setup.director.aging((table, record) -> setup.now);

    pass(Duration.ofSeconds(61));

    assertThat(heard).isEmpty();
    assertThat(setup.director.connections()).isEqualTo(95);
  }

  @Test
  void anAdmissionQuotaIsGivenBackByTheSameLife() {
    var limited = new DirectorSetup(100, Admission.DEFAULT.flowsPerSource(1));
    limited.put(DNS.realServer(FIRST));
    assertThat(limited.direct(udp(CLIENT, 1))).isEqualTo(Verdict.FORWARD_NEW);
    assertThat(limited.direct(udp(CLIENT, 2))).isEqualTo(Verdict.FORWARD_OVER_QUOTA);
    limited.now += Duration.ofSeconds(301).toNanos();
    limited.director.time(limited.now);

    assertThat(limited.direct(udp(CLIENT, 2))).isEqualTo(Verdict.FORWARD_NEW);
  }

  private void pass(Duration time) {
    setup.now += time.toNanos();
    setup.director.advance(setup.now);
  }

  private static FlowKey key(FlowTracker table, int record) {
    var key = new FlowKey(HashKey.PLACEMENT);
    table.key(record, key);
    return key;
  }

  /** Writes down what it hears, flows by their clients' ports. */
  private class Log implements FlowListener {

    @SuppressWarnings("UnusedVariable") // for those who follow each flow
    void note(String flow, String event) {}

    private String told(FlowTracker table, int record, String event) {
      FlowKey key = key(table, record);
      note(key.protocol() + " " + key.sourcePort(), event);
      return event + " " + key.sourcePort() + " ";
    }

    @Override
    public void opened(FlowTracker table, int record) {
      long from = setup.director.forwarder().upstreams().mac(table.upstream(record));
      heard.add(
          told(table, record, "opened") + table.stateName(record) + " " + Long.toHexString(from));
    }

    @Override
    public void changed(FlowTracker table, int record) {
      heard.add(told(table, record, "changed") + table.stateName(record));
    }

    @Override
    public void closed(FlowTracker table, int record, CloseReason reason) {
      heard.add(told(table, record, "closed") + reason);
    }
  }
}
