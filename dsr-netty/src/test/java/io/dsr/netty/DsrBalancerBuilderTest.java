package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.VirtualService;
import org.junit.jupiter.api.Test;

final class DsrBalancerBuilderTest {

  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22");

  @Test
  void needsAnInterface() {
    assertThatThrownBy(() -> DsrBalancer.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("networkInterface: none (expected: the interface on the servers' segment)");
  }

  @Test
  void refusesASecondInterface() {
    var builder = DsrBalancer.builder().networkInterface("eth0");

    assertThatThrownBy(() -> builder.networkInterface("eth1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("eth1 besides eth0 (expected: one interface");
  }

  @Test
  void refusesASecondEventLoop() {
    var builder = DsrBalancer.builder().networkInterface("eth0").eventLoops(2);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("eventLoops: 2 (expected: 1");
  }

  @Test
  void refusesAServiceThatIsGivenTwice() {
    var builder = DsrBalancer.builder().networkInterface("eth0").service(SERVICE).service(SERVICE);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tcp 192.0.2.10:80 is given twice");
  }

  @Test
  void refusesMoreServersThanItsLimit() {
    var builder = DsrBalancer.builder().networkInterface("eth0").service(SERVICE).maximumServers(1);

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 real servers (expected: at most 1)");
  }

  @Test
  void touchesNothingBeforeItIsStarted() {
    try (DsrBalancer balancer =
        DsrBalancer.builder().networkInterface("no-such-if").service(SERVICE).build()) {
      assertThat(balancer.services()).isEmpty();
      assertThat(balancer.statistics().services()).isEmpty();
      assertThat(balancer.announce().awaitUninterruptibly().cause())
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("not started");
    }
  }

  @Test
  void isNotAvailableOnAnInterfaceThatIsMissingOrNotEthernet() {
    assertThat(DsrBalancer.isAvailable("no-such-if")).isFalse();
    assertThat(DsrBalancer.unavailabilityCause("lo"))
        .satisfiesAnyOf(
            cause -> assertThat(cause).hasMessageContaining("CAP_NET_RAW"),
            cause -> assertThat(cause).hasMessageContaining("lo is not an Ethernet one"));
  }
}
