package io.dsr.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Persistence;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RulesDiffTest {

  private static final VirtualService WEB =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22", 2);
  private static final VirtualService NAMES =
      VirtualService.udp("2001:db8::10", 53).realServer("2001:db8::21");

  @Test
  void namesWhatCameChangedAndWent() {
    VirtualService heavier =
        VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22", 3);
    VirtualService secure = VirtualService.tcp("192.0.2.10", 443).realServer("192.0.2.21");

    assertThat(RulesDiff.between(List.of(WEB, NAMES), List.of(secure, heavier)))
        .hasToString(
            "1 added (tcp 192.0.2.10:443), 1 changed (tcp 192.0.2.10:80), "
                + "1 removed (udp [2001:db8::10]:53)");
  }

  @Test
  void findsNothingInTheSameRulesInAnotherOrder() {
    assertThat(RulesDiff.between(List.of(WEB, NAMES), List.of(NAMES, WEB)))
        .hasToString("0 added, 0 changed, 0 removed");
  }

  @Test
  void seesEveryKindOfChange() {
    for (VirtualService other :
        List.of(
            WEB.scheduler(Schedulers.sourceHash()),
            WEB.persistence(Persistence.sourceAddress(Duration.ofMinutes(5))),
            WEB.realServer("192.0.2.23"),
            VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21"))) {
      assertThat(RulesDiff.between(List.of(WEB), List.of(other)).changed())
          .as("%s", other)
          .containsExactly(WEB.key());
    }
  }

  @Test
  void tellsTcpFromUdpOfOnePort() {
    VirtualService tcp = VirtualService.tcp("192.0.2.10", 53);
    VirtualService udp = VirtualService.udp("192.0.2.10", 53);

    assertThat(RulesDiff.between(List.of(tcp), List.of(udp)))
        .hasToString("1 added (udp 192.0.2.10:53), 0 changed, 1 removed (tcp 192.0.2.10:53)");
  }

  @Test
  void listsSeveralInOrder() {
    assertThat(RulesDiff.between(List.of(), List.of(NAMES, WEB)))
        .hasToString("2 added (udp [2001:db8::10]:53; tcp 192.0.2.10:80), 0 changed, 0 removed");
  }
}
