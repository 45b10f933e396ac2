package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.netty.handler.OwnAddresses.Subnet;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class VipSetTest {

  private static final long HIGH = 0x2001_0db8_0001_0000L;

  @Test
  void holdsEachAddressOfANetworkAndNoOther() {
    VipSet vips = vips("192.0.2.16/28", "192.0.2.40", "2001:db8:1::/64", "2001:db8:2::7");

    assertThat(vips.contains(0xc000_020f)).isFalse();
    assertThat(vips.contains(0xc000_0210)).isTrue();
    assertThat(vips.contains(0xc000_021f)).isTrue();
    assertThat(vips.contains(0xc000_0220)).isFalse();
    assertThat(vips.contains(0xc000_0228)).isTrue();
    assertThat(vips.contains(HIGH, -1)).isTrue();
    assertThat(vips.contains(HIGH + 1, 0)).isFalse();
    assertThat(vips.contains(0x2001_0db8_0002_0000L, 7)).isTrue();
    assertThat(vips.contains(0x2001_0db8_0002_0000L, 8)).isFalse();
  }

  @Test
  void leavesOutOfANetworkWhatIsOursAndWhatBelongsToTheSubnet() {
    var own =
        new OwnAddresses(
            List.of(
                new Subnet(InetAddress.ofLiteral("192.0.2.25"), 27),
                new Subnet(InetAddress.ofLiteral("2001:db8:1::5"), 64)));
    VipSet vips =
        new VipSet(
            List.of(
                IpPrefix.parse("192.0.2.0/26"),
                IpPrefix.parse("192.0.2.31"),
                IpPrefix.parse("2001:db8:1::/120")),
            own.reserved());

    assertThat(vips.contains(0xc000_0219)).as("our own address").isFalse();
    assertThat(vips.contains(0xc000_0200)).as("the subnet's own").isFalse();
    assertThat(vips.contains(0xc000_021f)).as("broadcast, but given as a VIP").isTrue();
    assertThat(vips.contains(0xc000_021e)).isTrue();
    assertThat(vips.contains(0xc000_0220)).as("beyond the subnet").isTrue();
    assertThat(vips.contains(HIGH, 0)).as("the routers' anycast address").isFalse();
    assertThat(vips.contains(HIGH, 5)).as("our own address").isFalse();
    assertThat(vips.contains(HIGH, 6)).isTrue();
    assertThat(vips.announced()).hasSize(64 - 2 + 256 - 2);
  }

  @Test
  void hasNoSubnetAddressesOnAPointToPointLink() {
    var own = new OwnAddresses(List.of(new Subnet(InetAddress.ofLiteral("192.0.2.1"), 31)));

    assertThat(own.reserved()).containsExactly(InetAddress.ofLiteral("192.0.2.1"));
  }

  @Test
  void announcesTheAddressesOfNetworksOfUpTo256() {
    VipSet vips = vips("192.0.2.0/24", "198.51.100.0/23", "2001:db8:1::/120", "2001:db8::/119");

    assertThat(vips.announced())
        .hasSize(512)
        .contains(InetAddress.ofLiteral("192.0.2.255"), InetAddress.ofLiteral("2001:db8:1::ff"));
    assertThat(VipSet.isTooLargeToAnnounce(IpPrefix.parse("192.0.2.0/24"))).isFalse();
    assertThat(VipSet.isTooLargeToAnnounce(IpPrefix.parse("198.51.100.0/23"))).isTrue();
    assertThat(VipSet.isTooLargeToAnnounce(IpPrefix.parse("2001:db8::/119"))).isTrue();
  }

  private static VipSet vips(String... prefixes) {
    return new VipSet(Stream.of(prefixes).map(IpPrefix::parse).toList());
  }
}
