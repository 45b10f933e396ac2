package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.BalancerEvent.VipOnHost;
import io.dsr.core.IpPrefix;
import io.dsr.linux.link.NetworkLink;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class InterfaceChecksTest {

  private static final InetAddress HOST = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.21");

  @Test
  void refusesARealServerThatIsTheHostItself() throws Exception {
    List<NetworkLink> links = NetworkLink.all();

    InterfaceChecks.refuseHost(Set.of(OTHER), links);
    assertThatThrownBy(() -> InterfaceChecks.refuseHost(Set.of(OTHER, HOST), links))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "real server 127.0.0.1 is an address of lo of this host (expected: another host");
  }

  @Test
  void findsTheVipsThatTheHostHas() throws Exception {
    NetworkLink loopback = NetworkLink.byName("lo");

    assertThat(InterfaceChecks.vipsOn(loopback, Set.of(IpPrefix.parse("127.0.0.0/8"))))
        .contains(new VipOnHost(HOST, "lo"));
    assertThat(InterfaceChecks.vipsOn(loopback, Set.of(IpPrefix.of(OTHER)))).isEmpty();
  }
}
