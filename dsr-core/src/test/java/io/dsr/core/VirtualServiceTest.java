package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.dsr.core.scheduler.Schedulers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VirtualServiceTest {

  private static final VirtualService EMPTY = VirtualService.tcp("192.0.2.10", 80);

  @Test
  void holdsWhatItWasGiven() {
    var service =
        EMPTY
            .scheduler(Schedulers.maglev())
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(15)))
            .realServer("192.0.2.22")
            .realServer("192.0.2.21", 2);

    assertThat(service.key()).hasToString("tcp 192.0.2.10:80");
    assertThat(service.scheduler()).contains(Schedulers.maglev());
    assertThat(service.persistence()).contains(Persistence.sourceAddress(Duration.ofMinutes(15)));
    assertThat(service.realServers())
        .containsExactly(RealServer.of("192.0.2.22"), RealServer.of("192.0.2.21", 2));
    assertThat(service).hasToString("tcp 192.0.2.10:80 -> 192.0.2.22*1 192.0.2.21*2");
  }

  @Test
  void changesInACopy() {
    assertThat(EMPTY.realServer("192.0.2.21").realServers()).hasSize(1);
    assertThat(EMPTY.scheduler(Schedulers.roundRobin()).scheduler()).isPresent();

    assertThat(EMPTY.realServers()).isEmpty();
    assertThat(EMPTY.scheduler()).isEmpty();
    assertThat(EMPTY.persistence()).isEmpty();
  }

  @Test
  void copiesTheListThatItIsGiven() {
    var servers = new ArrayList<>(List.of(RealServer.of("192.0.2.21")));
    var service = EMPTY.realServers(servers);
    servers.clear();

    assertThat(service.realServers()).hasSize(1).isUnmodifiable();
  }

  @Test
  void comparesByKeySchedulerPersistenceAndServers() {
    assertThat(full()).isEqualTo(full()).hasSameHashCodeAs(full());
    assertThat(full())
        .isNotEqualTo(full().scheduler(Schedulers.roundRobin()))
        .isNotEqualTo(full().persistence(Persistence.sourceAddress(Duration.ofSeconds(9))))
        .isNotEqualTo(full().realServer("192.0.2.23"))
        .isNotEqualTo(full().realServers(List.of(RealServer.of("192.0.2.21", 5))))
        .isNotEqualTo(EMPTY)
        .isNotEqualTo("tcp 192.0.2.10:80 -> 192.0.2.21*1");
    assertThat(EMPTY).isNotEqualTo(VirtualService.udp("192.0.2.10", 80));
  }

  @Test
  void refusesAServerTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EMPTY.realServer("192.0.2.21").realServer("192.0.2.21", 2))
        .withMessage("tcp 192.0.2.10:80: real server 192.0.2.21 is given twice");
  }

  @Test
  void refusesAServerOfTheOtherFamily() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EMPTY.realServer("2001:db8::21"))
        .withMessage(
            "tcp 192.0.2.10:80: real server 2001:db8::21"
                + " (expected: the address family of the VIP)");
  }

  @Test
  void refusesTheVipAsAServer() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EMPTY.realServer("192.0.2.10"))
        .withMessage(
            "tcp 192.0.2.10:80: real server 192.0.2.10"
                + " (expected: the server's own address, not the VIP)");
  }

  @Test
  void refusesAVipThatIsNoLiteralAddress() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VirtualService.tcp("localhost", 80))
        .withMessage("virtual address: \"localhost\" (expected: an IPv4 or IPv6 address)");
  }

  @Test
  @SuppressWarnings("NullAway")
  void namesWhatIsNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> EMPTY.scheduler(null))
        .withMessage("newScheduler");
    assertThatNullPointerException().isThrownBy(() -> VirtualService.of(null)).withMessage("key");
  }

  private static VirtualService full() {
    return EMPTY
        .scheduler(Schedulers.maglev())
        .persistence(Persistence.sourceAddress(Duration.ofMinutes(15)))
        .realServer("192.0.2.21");
  }
}
