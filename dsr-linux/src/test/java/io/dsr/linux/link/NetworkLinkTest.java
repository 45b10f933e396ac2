package io.dsr.linux.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class NetworkLinkTest {

  @Test
  void readsTheLoopback() throws Exception {
    NetworkLink loopback = NetworkLink.byName("lo");

    assertThat(loopback.name()).isEqualTo("lo");
    assertThat(loopback.index()).isPositive();
    assertThat(loopback.isLoopback()).isTrue();
    assertThat(loopback.isEthernet()).isFalse();
    assertThat(loopback.hardwareAddress()).isZero();
    assertThat(loopback.mtu()).isPositive();
  }

  @Test
  void readsTheAddressesOfTheLoopback() throws Exception {
    NetworkLink loopback = NetworkLink.byName("lo");

    assertThat(loopback.isUp()).isTrue();
    assertThat(loopback.addresses())
        .filteredOn(LinkAddress::isIpv4)
        .filteredOn(a -> a.address().equals(InetAddress.ofLiteral("127.0.0.1")))
        .singleElement()
        .satisfies(a -> {
          assertThat(a.prefixLength()).isEqualTo(8);
          assertThat(a.scope()).isEqualTo(LinkAddress.HOST);
          assertThat(a.isTentative()).isFalse();
        });
  }

  @Test
  void namesALinkThatIsNotThere() {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(() -> NetworkLink.byName("nosuchlink0"))
        .withMessage("RTM_GETLINK(nosuchlink0): ENODEV (no such device)")
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(() -> NetworkLink.byName("a-name-longer-than-the-kernel-takes"))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
  }

  @Test
  void joinsAndLeavesAGroup() throws Exception {
    var group = (Inet6Address) InetAddress.ofLiteral("ff02::1:ff00:1234");

    try (var membership = MulticastMembership.join(group, NetworkLink.byName("lo").index())) {
      assertThat(membership.group()).isEqualTo(group);
      assertThat(groups()).contains("ff0200000000000000000001ff001234");
    }

    assertThat(groups()).doesNotContain("ff0200000000000000000001ff001234");
  }

  private static String groups() throws IOException {
    return Files.readString(Path.of("/proc/thread-self/net/igmp6"));
  }

  @Test
  void refusesAGroupThatIsNone() {
    var address = (Inet6Address) InetAddress.ofLiteral("2001:db8::1");

    assertThatThrownBy(() -> MulticastMembership.join(address, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
