package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.ACK;
import static io.dsr.core.datapath.ClientFrames.CLIENT;
import static io.dsr.core.datapath.ClientFrames.RST;
import static io.dsr.core.datapath.ClientFrames.SYN;
import static io.dsr.core.datapath.ClientFrames.tcp;
import static io.dsr.core.datapath.ClientFrames.tooBig;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.AccessList;
import io.dsr.core.Admission;
import io.dsr.core.Explanation;
import io.dsr.core.FlowRemoval;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.scheduler.Schedulers;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where what was told of a frame once differed from what became of it. */
final class DriftTest {

  private static final String FIRST = "192.0.2.21";
  private static final String SECOND = "192.0.2.22";
  private static final VirtualService WEB =
      VirtualService.tcp(ClientFrames.VIP, 80).scheduler(Schedulers.roundRobin());

  @Test
  void aFlowOverTheQuotaOfItsSourceIsForetold() {
    var setup = new DirectorSetup(1000, Admission.DEFAULT.flowsPerSource(2));
    setup.put(WEB.realServer(FIRST).realServer(SECOND));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.direct(tcp(CLIENT, 2, SYN));

    assertForetold(setup, tcp(CLIENT, 3, SYN), Verdict.FORWARD_OVER_QUOTA);
  }

  @Test
  void aFlowThatTheBrakeHoldsBackIsForetold() {
    var setup = new DirectorSetup(1000, Admission.DEFAULT.newFlowsPerSecond(4));
    setup.put(WEB.realServer(FIRST).realServer(SECOND));
    setup.direct(tcp(CLIENT, 1, SYN));

    assertForetold(setup, tcp(CLIENT, 2, SYN), Verdict.FORWARD_BRAKED);
  }

  @Test
  void anErrorAboutAFlowWhoseServerHasGoneIsForetold() {
    var setup = new DirectorSetup(1000);
    var rules = ServiceRules.DEFAULT.removal(FlowRemoval.EXPIRE);
    setup.put(WEB.realServer(FIRST).rules(rules));
    setup.direct(tcp(CLIENT, 1, ACK));
    setup.put(WEB.realServer(SECOND).rules(rules));

    assertForetold(setup, tooBig(CLIENT, 1), Verdict.FORWARD_ICMP_ERROR);
  }

  @Test
  void anErrorFromTheAddressOfAServerIsForetold() {
    var setup = new DirectorSetup(1000);
    setup.put(WEB.realServer(FIRST).realServer(SECOND));
    byte[] frame = tooBig(CLIENT, 1).bytes();
    setup.direct(frame);
    long other = DirectorSetup.mac(setup.receiver().equals(FIRST) ? SECOND : FIRST);
    for (int at = 0; at < 6; at++) {
      frame[6 + at] = (byte) (other >>> (40 - 8 * at));
    }

    assertForetold(setup, frame, Verdict.FORWARD_ICMP_ERROR);
  }

  @Test
  void anErrorAboutADeniedClientIsForetold() {
    var setup = new DirectorSetup(1000);
    var nobody = new AccessList(List.of(), List.of(IpPrefix.parse("198.51.100.0/24")));
    setup.put(WEB.realServer(FIRST).rules(ServiceRules.DEFAULT.access(nobody)));

    assertForetold(setup, tooBig(CLIENT, 1), Verdict.FORWARD_ICMP_ERROR);
  }

  @Test
  void aResetFromABannedSourceIsForetoldOnAFlowThatIsRememberedToo() {
    var setup = new DirectorSetup(1000);
    SourceLimits once = SourceLimits.perAddress().newPerSecond(1, 1).ban(Duration.ofMinutes(1));
    setup.put(WEB.realServer(FIRST).rules(ServiceRules.DEFAULT.limits(once)));
    setup.direct(tcp(CLIENT, 1, SYN));
    assertThat(setup.direct(tcp(CLIENT, 2, SYN))).isEqualTo(Verdict.DROP_SOURCE_RATE);

    assertForetold(setup, tcp(CLIENT, 1, RST), Verdict.DROP_BANNED);
  }

  @Test
  void aFrameThatGoesOverARateIsForetold() {
    var setup = new DirectorSetup(1000);
    SourceLimits once = SourceLimits.perAddress().newPerSecond(1, 1).resetsPerSecond(1);
    setup.put(WEB.realServer(FIRST).rules(ServiceRules.DEFAULT.limits(once)));
    setup.direct(tcp(CLIENT, 1, SYN));
    setup.direct(tcp(CLIENT, 1, RST));

    assertForetold(setup, tcp(CLIENT, 2, SYN), Verdict.DROP_SOURCE_RATE);
    assertForetold(setup, tcp(CLIENT, 2, RST), Verdict.DROP_SOURCE_RESETS);
  }

  @Test
  void askingAboutAClientDoesNotRenewItsSession() {
    var setup = new DirectorSetup(1000);
    Duration minute = Duration.ofMinutes(1);
    setup.put(
        WEB.persistence(Persistence.sourceAddress(minute)).realServer(FIRST).realServer(SECOND));
    assertThat(setup.direct(tcp(CLIENT, 1, SYN))).isEqualTo(Verdict.FORWARD_NEW);

    advance(setup, 40);
    assertForetold(setup, tcp(CLIENT, 2, SYN), Verdict.FORWARD_PERSISTENT, false);
    advance(setup, 30);

    assertThat(setup.direct(tcp(CLIENT, 3, SYN))).isEqualTo(Verdict.FORWARD_NEW);
  }

  private static void advance(DirectorSetup setup, int seconds) {
    setup.now += Duration.ofSeconds(seconds).toNanos();
    setup.director.advance(setup.now);
  }

  private static void assertForetold(DirectorSetup setup, FrameBuilder frame, Verdict verdict) {
    assertForetold(setup, frame, verdict, true);
  }

  private static void assertForetold(DirectorSetup setup, byte[] frame, Verdict verdict) {
    assertThat(explain(setup, frame).verdict()).isEqualTo(verdict);
    assertThat(setup.direct(frame)).isEqualTo(verdict);
  }

  private static void assertForetold(
      DirectorSetup setup, FrameBuilder frame, Verdict verdict, boolean happens) {
    Explanation told = explain(setup, frame.bytes());
    assertThat(told.verdict()).isEqualTo(verdict);
    if (happens) {
      assertThat(setup.direct(frame)).isEqualTo(verdict);
      assertThat(told.server().map(server -> server.getHostAddress()).orElse(DirectorSetup.NOBODY))
          .isEqualTo(setup.receiver());
    }
  }

  private static Explanation explain(DirectorSetup setup, byte[] frame) {
    return setup
        .inspection()
        .explain(Unpooled.wrappedBuffer(frame), SlotDirectory.of(setup.membership));
  }
}
