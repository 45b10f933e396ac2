package io.dsr.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AddressPrefixTest {

  @Test
  void joinsHalvesAndLeavesOutWhatLiesWithin() {
    assertThat(joined("192.0.2.1", "192.0.2.0", "192.0.2.2/31", "192.0.2.3"))
        .containsExactly("192.0.2.0/30");
    assertThat(joined("10.0.0.0/8", "10.1.2.3", "10.255.0.0/16")).containsExactly("10.0.0.0/8");
    assertThat(joined("192.0.2.1", "192.0.2.2")).containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(joined("128.0.0.0/1", "0.0.0.0/1")).containsExactly("0.0.0.0/0");
    assertThat(joined("0.0.0.0/0", "::/0")).containsExactly("0.0.0.0/0", "0:0:0:0:0:0:0:0/0");
    assertThat(joined("2001:db8:0:1::/64", "2001:db8::/64"))
        .containsExactly("2001:db8:0:0:0:0:0:0/63");
  }

  @Test
  void refusesBitsOfAHostAndLengthsThatAreNone() throws Exception {
    InetAddress address = InetAddress.getByName("192.0.2.1");

    assertThatThrownBy(() -> new AddressPrefix(address, 31))
        .hasMessage("prefix: 192.0.2.1/31 (expected: no bits set after the first 31)");
    assertThatThrownBy(() -> new AddressPrefix(address, 33))
        .hasMessage("prefix length: 33 (expected: 0 to 32)");
  }

  private static List<String> joined(String... texts) {
    var prefixes = Arrays.stream(texts).map(Prefixes::of).toList();
    return AddressPrefix.joined(prefixes).stream().map(AddressPrefix::toString).toList();
  }
}
