package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.FlowFilter;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class DsrBalancerBuilderTest {

  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80).realServer("192.0.2.21").realServer("192.0.2.22");

  @Test
  void needsAnInterface() {
    assertThatThrownBy(() -> DsrBalancer.builder().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("networkInterface: none (expected: the interface toward the clients)");
  }

  @Test
  void refusesAnInterfaceThatIsGivenTwiceAndASeventeenth() {
    var builder = DsrBalancer.builder().networkInterface("eth0");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.serverInterface("eth0"))
        .withMessage("serverInterface: eth0 is given twice (expected: each interface once)");
    for (int i = 1; i < 16; i++) {
      builder.networkInterface("eth" + i);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.networkInterface("eth16"))
        .withMessage("networkInterface: eth16 (expected: at most 16 interfaces)");
  }

  @Test
  void needsAnInterfaceThatFacesClients() {
    assertThatIllegalStateException()
        .isThrownBy(() -> DsrBalancer.builder().serverInterface("eth1").build())
        .withMessageContaining("networkInterface: none");
  }

  @Test
  void refusesEventLoopsAndCpusOutOfRange() {
    var builder = DsrBalancer.builder().networkInterface("eth0");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.eventLoops(65).build())
        .withMessage("eventLoops: 65 (expected: 1 to 64)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.eventLoops(2).cpus(0, -1).build())
        .withMessage("cpus: -1 (expected: 0 to 8191)");
  }

  @Test
  void refusesTimeSlicesThatTheKernelWouldChange() {
    var builder = DsrBalancer.builder().networkInterface("eth0");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.timeSlice(Duration.ofNanos(99_999)).build())
        .withMessage("timeSlice: PT0.000099999S (expected: 0, or 100 us to 100 ms)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.timeSlice(Duration.ofMillis(101)).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.timeSlice(Duration.ofNanos(-1)).build());
    assertThat(builder.timeSlice(Duration.ZERO).build()).isNotNull();
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
  void takesManyServicesOfTheSameServersWithoutAnOption() {
    var builder = DsrBalancer.builder().networkInterface("eth0");
    for (int vip = 0; vip < 600; vip++) {
      VirtualService service =
          VirtualService.tcp("198.18.%d.%d".formatted(vip / 250, vip % 250), 80);
      for (int server = 1; server <= 10; server++) {
        service = service.realServer("192.0.2." + server);
      }
      builder.service(service);
    }

    try (DsrBalancer balancer = builder.build()) {
      assertThat(balancer.services()).isEmpty(); // nothing runs before it is started
    }
    assertThatThrownBy(builder.maximumServers(9)::build)
        .hasMessageContaining(
            "services: 10 real servers (expected: at most 9) in 6000 pairs of service and server"
                + " (expected: at most 65536");
  }

  @Test
  void touchesNothingBeforeItIsStarted() {
    try (DsrBalancer balancer =
        DsrBalancer.builder().networkInterface("no-such-if").service(SERVICE).build()) {
      assertThat(balancer.services()).isEmpty();
      assertThat(balancer.statistics().services()).isEmpty();
      List<CompletionStage<?>> asked =
          List.of(
              balancer.announce(),
              balancer.apply(List.of()),
              balancer.flows(FlowFilter.ALL, 0, 1),
              balancer.persistenceEntries(FlowFilter.ALL, 1),
              balancer.forgetPersistence(FlowFilter.ALL),
              balancer.preview(List.of(SERVICE)));
      assertThat(asked).allSatisfy(each -> assertFails(each, "not started"));
    }
  }

  private static void assertFails(CompletionStage<?> stage, String message) {
    assertThatThrownBy(() -> stage.toCompletableFuture().get(10, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(message);
  }

  @Test
  void failsTheStagesOfWhateverIsAskedOnceItIsClosed() throws Exception {
    DsrBalancer balancer = DsrBalancer.builder().networkInterface("eth0").service(SERVICE).build();
    balancer.close();

    List<CompletionStage<?>> asked =
        List.of(
            balancer.announce(),
            balancer.apply(List.of()),
            balancer.flows(FlowFilter.ALL, 0, 1),
            balancer.drain(SERVICE.key(), A, Duration.ZERO));

    assertThat(asked).allSatisfy(each -> assertFails(each, "closed"));
  }

  @Test
  void isNotAvailableOnAnInterfaceThatIsMissingOrNotEthernet() {
    assertThat(DsrBalancer.isAvailable("no-such-if")).isFalse();
    assertThat(DsrBalancer.unavailabilityCause("lo"))
        .satisfiesAnyOf(
            cause -> assertThat(cause).hasMessageContaining("CAP_NET_RAW"),
            cause -> assertThat(cause).hasMessageContaining("lo is not Ethernet"));
  }
}
