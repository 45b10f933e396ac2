package io.dsr.linux.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.linux.link.LinkChange.AddressChanged;
import io.dsr.linux.link.LinkChange.Appeared;
import io.dsr.linux.link.LinkChange.IpAddressesChanged;
import io.dsr.linux.link.LinkChange.LinkDown;
import io.dsr.linux.link.LinkChange.LinkUp;
import io.dsr.linux.link.LinkChange.MtuChanged;
import io.dsr.linux.link.LinkChange.Removed;
import io.dsr.linux.link.LinkChange.Renamed;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinkStatesTest {

  private static final int UP = 0x1;
  private static final int RUNNING = 0x40;
  private static final LinkAddress FIRST = address("192.0.2.1", 0);
  private static final LinkAddress SECOND = address("192.0.2.2", 0);
  private static final NetworkLink LINK =
      new NetworkLink(7, "eth7", 1, 0x02_00_00_00_00_07L, 1500, UP | RUNNING, List.of(FIRST));

  private final LinkStates states = new LinkStates();

  private static LinkAddress address(String address, int flags) {
    return new LinkAddress(InetAddress.ofLiteral(address), 24, LinkAddress.GLOBAL, flags);
  }

  private static NetworkLink link(String name, long mac, int mtu, int flags) {
    return new NetworkLink(7, name, 1, mac, mtu, flags, List.of());
  }

  @Test
  void tellsNothingOfWhatIsAsItWas() {
    states.replaceAll(List.of(LINK));

    assertThat(states.replaceAll(List.of(LINK))).isEmpty();
    assertThat(states.putBare(LINK.withAddresses(List.of()))).isEmpty();
    assertThat(states.putAddress(7, FIRST)).isEmpty();
    assertThat(states.removeAddress(7, SECOND)).isEmpty();
  }

  @Test
  void tellsDownFirstAndUpLast() {
    states.replaceAll(List.of(LINK));
    NetworkLink down = link("wan", 1, 9000, UP).withAddresses(LINK.addresses());

    assertThat(states.putBare(link("wan", 1, 9000, UP)))
        .containsExactly(
            new LinkDown(LINK, down),
            new Renamed(LINK, down),
            new AddressChanged(LINK, down),
            new MtuChanged(LINK, down));
    assertThat(states.putBare(link("eth7", 1, 9000, UP | RUNNING)))
        .extracting(Object::getClass)
        .containsExactly(Renamed.class, LinkUp.class);
  }

  @Test
  void followsAddressesOfBothWaysAndTheirFlags() {
    states.replaceAll(List.of(LINK));
    NetworkLink both = LINK.withAddresses(List.of(FIRST, SECOND));

    assertThat(states.putAddress(7, SECOND)).containsExactly(new IpAddressesChanged(LINK, both));
    assertThat(states.putAddress(7, address("192.0.2.2", 0x20))).hasSize(1);
    assertThat(states.removeAddress(7, SECOND)).hasSize(1);
    assertThat(states.get(7)).isEqualTo(LINK);
  }

  @Test
  void takesAnotherOrderOfAddressesForTheSame() {
    states.replaceAll(List.of(LINK.withAddresses(List.of(FIRST, SECOND))));

    assertThat(states.replaceAll(List.of(LINK.withAddresses(List.of(SECOND, FIRST))))).isEmpty();
  }

  @Test
  void tellsLinksApartByIndexAndWhatIsGoneFirst() {
    states.replaceAll(List.of(LINK));
    var successor = new NetworkLink(8, "eth7", 1, 2, 1500, UP | RUNNING, List.of());

    assertThat(states.replaceAll(List.of(successor)))
        .containsExactly(new Removed(LINK), new Appeared(successor));
    assertThat(states.all()).containsExactly(successor);
  }

  @Test
  void ignoresNewsOfStrangers() {
    assertThat(states.putAddress(7, FIRST)).isEmpty();
    assertThat(states.removeAddress(7, FIRST)).isEmpty();
    assertThat(states.remove(7)).isEmpty();
    assertThat(states.all()).isEmpty();
  }
}
