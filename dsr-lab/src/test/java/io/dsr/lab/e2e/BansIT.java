package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BanEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that goes over a limit is banned, until an operator or the time lifts that. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BansIT {

  private static final int PORT = 80;
  private static final int BURST = 3;
  private static final Duration BAN = Duration.ofMinutes(10);

  /** Before the client's kernel sends a SYN again, after a second. */
  private static final int AT_ONCE_MILLISECONDS = 900;

  private static final int DROPPED_MILLISECONDS = 100;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final AtomicLong later = new AtomicLong();
  private Lab lab;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    open.add(lab);
    open.add(HttpServers.start(lab.servers(), Lab.VIP, PORT));
    open.add(HttpServers.start(lab.servers(), Lab.VIP6, PORT));
  }

  @AfterAll
  void takeDown() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "195.30.70.200, 216.139.43.10/32, 195.30.70.50/32, 3",
    "2001:db8:70::200, 2001:db8:43::/64, 2001:db8:70::/64, 1",
  })
  void bansAClientThatGoesOverItsLimitUntilItIsLifted(
      String literal, String source, String neighbour, int loops) throws Exception {
    InetAddress vip = InetAddress.ofLiteral(literal);
    VirtualService service = service(vip);
    FlowFilter client = FlowFilter.ALL.client(IpPrefix.parse(source));
    try (var balanced =
        EmbeddedBalancer.start(lab, b -> b.eventLoops(loops).ticker(this::nanos), service)) {
      goOver(balanced, vip);
      assertThat(connects(lab.client(), vip, DROPPED_MILLISECONDS)).as("banned").isFalse();
      assertThat(balanced.verdict("DROP_BANNED")).isPositive();
      assertThat(connects(lab.localClient().orElseThrow(), vip, AT_ONCE_MILLISECONDS))
          .as("another client")
          .isTrue();

      assertBanned(balanced, FlowFilter.ALL, service.key(), source);
      assertBanned(balanced, client.service(service.key()), service.key(), source);
      FlowFilter other = FlowFilter.ALL.client(IpPrefix.parse(neighbour));
      assertThat(bans(balanced, other)).isEmpty();
      assertThat(EmbeddedBalancer.await(balanced.balancer().unban(other))).isZero();
      assertThat(connects(lab.client(), vip, DROPPED_MILLISECONDS)).as("banned still").isFalse();

      later.addAndGet(Duration.ofSeconds(BURST).toNanos()); // or it were over its limit again
      assertThat(connects(lab.client(), vip, DROPPED_MILLISECONDS)).as("a ban stays").isFalse();
      assertThat(EmbeddedBalancer.await(balanced.balancer().unban(client))).isEqualTo(1);

      assertThat(bans(balanced, FlowFilter.ALL)).isEmpty();
      assertThat(connects(lab.client(), vip, AT_ONCE_MILLISECONDS)).as("lifted").isTrue();
      assertThat(EmbeddedBalancer.await(balanced.balancer().unban(client))).isZero();

      goOver(balanced, vip);
      assertBanned(balanced, FlowFilter.ALL, service.key(), source);
      later.addAndGet(BAN.toNanos());
      assertThat(bans(balanced, FlowFilter.ALL)).as("over").isEmpty();
      assertThat(connects(lab.client(), vip, AT_ONCE_MILLISECONDS)).as("over").isTrue();
    }
  }

  private long nanos() {
    return System.nanoTime() + later.get();
  }

  private VirtualService service(InetAddress vip) {
    SourceLimits limits = SourceLimits.perAddress().newPerSecond(1, BURST).ban(BAN);
    return RunningBalancer.tcp(vip, PORT, Schedulers.roundRobin(), lab.servers())
        .rules(ServiceRules.DEFAULT.limits(limits));
  }

  /** Makes connections until one is over the limit. */
  private void goOver(EmbeddedBalancer balanced, InetAddress vip) throws Exception {
    long before = balanced.verdict("DROP_SOURCE_RATE");
    int made = 0;
    while (balanced.verdict("DROP_SOURCE_RATE") == before) {
      assertThat(made).as("connections in a row").isLessThan(50);
      made += connects(lab.client(), vip, DROPPED_MILLISECONDS) ? 1 : 0;
    }
    assertThat(made).isPositive();
    assertThat(balanced.verdict("DROP_SOURCE_RATE")).isEqualTo(before + 1);
  }

  private static void assertBanned(
      EmbeddedBalancer balanced, FlowFilter filter, ServiceKey service, String source)
      throws Exception {
    assertThat(bans(balanced, filter))
        .singleElement()
        .satisfies(ban -> {
          assertThat(ban.service()).isEqualTo(service);
          assertThat(ban.source()).isEqualTo(IpPrefix.parse(source));
          assertThat(ban.reason()).isEqualTo(Verdict.DROP_SOURCE_RATE);
          assertThat(ban.remaining()).isPositive().isLessThanOrEqualTo(BAN);
        });
  }

  private static List<BanEntry> bans(EmbeddedBalancer balanced, FlowFilter filter)
      throws Exception {
    return EmbeddedBalancer.await(balanced.balancer().bans(filter, 10));
  }

  /** Returns whether a connection is made within that time. */
  private static boolean connects(Host host, InetAddress vip, int milliseconds) throws Exception {
    return host.namespace()
        .call(() -> {
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(vip, PORT), milliseconds);
            return true;
          } catch (SocketTimeoutException dropped) {
            return false;
          }
        });
  }
}
