package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BuildersTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final ClientPin PIN =
      new ClientPin(IpPrefix.parse("198.51.100.0/24"), A, ClientPin.Fallback.REFUSE);

  @Test
  void beginWithTheDefaults() {
    assertThat(Admission.builder().build()).isEqualTo(Admission.DEFAULT);
    assertThat(ServiceRules.builder().build()).isEqualTo(ServiceRules.DEFAULT);
    assertThat(FlowTimeouts.builder().build()).isEqualTo(FlowTimeouts.DEFAULT);
    assertThat(SourceLimits.builder().build()).isEqualTo(SourceLimits.perAddress());
    assertThat(Persistence.builder(MINUTE).build()).isEqualTo(Persistence.sourceAddress(MINUTE));
    assertThat(RealServer.builder("192.0.2.21").build()).isEqualTo(RealServer.of("192.0.2.21"));
  }

  @Test
  void takeEachSettingToItsPlace() {
    assertThat(
            Admission.builder()
                .flowsPerSource(7)
                .prefixes(24, 48)
                .newFlowsPerSecond(9)
                .pressurePercent(80)
                .dropBogusFlags(false)
                .build())
        .isEqualTo(new Admission(7, 24, 48, 9, 80, false));
    assertThat(
            SourceLimits.builder()
                .prefixes(24, 48)
                .newPerSecond(5, 6)
                .resetsPerSecond(7)
                .connections(8)
                .ban(MINUTE)
                .build())
        .isEqualTo(new SourceLimits(24, 48, 5, 6, 7, 8, MINUTE));
    assertThat(RealServer.builder(A).weight(2).tier(3).thresholds(5, 4).vlan(6).build())
        .isEqualTo(new RealServer(A, 2, 3, 5, 4, 6));
    assertThat(
            Persistence.builder(MINUTE)
                .ipv4Prefix(24)
                .ipv6Prefix(64)
                .key(Persistence.Part.SOURCE_ADDRESS, Persistence.Part.PROTOCOL)
                .pin(PIN)
                .quota(5)
                .expireQuiescent(false)
                .build())
        .isEqualTo(
            new Persistence(
                MINUTE,
                24,
                64,
                Set.of(Persistence.Part.SOURCE_ADDRESS, Persistence.Part.PROTOCOL),
                List.of(PIN),
                5,
                false));
    assertThat(timeouts())
        .isEqualTo(
            new FlowTimeouts(
                seconds(1),
                seconds(2),
                seconds(3),
                seconds(4),
                seconds(5),
                seconds(6),
                seconds(7),
                seconds(8),
                seconds(9)));
    var access = new AccessList(List.of(), List.of(IpPrefix.parse("198.51.100.0/24")));
    assertThat(
            ServiceRules.builder()
                .access(access)
                .tracking(FlowTracking.ONE_PACKET)
                .timeouts(timeouts())
                .removal(FlowRemoval.MOVE)
                .minimumServers(2)
                .limits(SourceLimits.perAddress())
                .build())
        .isEqualTo(
            new ServiceRules(
                access,
                FlowTracking.ONE_PACKET,
                timeouts(),
                FlowRemoval.MOVE,
                2,
                Optional.of(SourceLimits.perAddress())));
  }

  @Test
  void goOnFromWhatThereIs() {
    var admission = new Admission(7, 24, 48, 9, 80, false);
    var limits = new SourceLimits(24, 48, 5, 6, 7, 8, MINUTE);
    var server = new RealServer(A, 2, 3, 5, 4, 6);
    var persistence =
        new Persistence(MINUTE, 24, 64, Set.of(Persistence.Part.PROTOCOL), List.of(PIN), 5, false);
    var rules = ServiceRules.builder().removal(FlowRemoval.EXPIRE).timeouts(timeouts()).build();

    assertThat(admission.toBuilder().build()).isEqualTo(admission);
    assertThat(limits.toBuilder().build()).isEqualTo(limits);
    assertThat(server.toBuilder().build()).isEqualTo(server);
    assertThat(persistence.toBuilder().build()).isEqualTo(persistence);
    assertThat(rules.toBuilder().build()).isEqualTo(rules);
    assertThat(rules.limits(limits).toBuilder().build()).isEqualTo(rules.limits(limits));
    assertThat(timeouts().toBuilder().build()).isEqualTo(timeouts());
  }

  @Test
  void refuseNullAtOnceAndWhatIsOutOfRangeAtTheEnd() {
    assertThatNullPointerException()
        .isThrownBy(() -> SourceLimits.builder().ban(nothing()))
        .withMessage("ban");
    var builder = RealServer.builder(A).weight(-1);
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("weight: -1 (expected: 0 to 65535)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealServer.builder("web.example"))
        .withMessageContaining("(expected: an IPv4 or IPv6 address)");
  }

  @Test
  void doNotShareWhatTheyBuild() {
    Persistence.Builder builder = Persistence.builder(MINUTE);
    Persistence without = builder.build();
    builder.pin(PIN);

    assertThat(without.pins()).isEmpty();
    assertThat(builder.build().pins()).containsExactly(PIN);
  }

  private static FlowTimeouts timeouts() {
    return FlowTimeouts.builder()
        .synReceived(seconds(1))
        .established(seconds(2))
        .finWait(seconds(3))
        .timeWait(seconds(4))
        .close(seconds(5))
        .udp(seconds(6))
        .sctpEstablished(seconds(7))
        .sctpClosing(seconds(8))
        .other(seconds(9))
        .build();
  }

  private static Duration seconds(int n) {
    return Duration.ofSeconds(n);
  }

  @SuppressWarnings("NullAway") // what a caller without a checker may do
  private static Duration nothing() {
    return null;
  }
}
