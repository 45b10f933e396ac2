package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ServiceConflictsTest {

  private final Membership empty = Membership.empty(new Slots(16));

  @Test
  void areRefusedForEachPairOfKeysThatConflicts() {
    List<ServiceKey> keys = keys();
    int conflicts = 0;
    for (ServiceKey one : keys) {
      for (ServiceKey other : keys) {
        Membership first = empty.put(VirtualService.tcp("198.51.100.1", 1).addKey(one));
        VirtualService second = VirtualService.tcp("198.51.100.2", 2).addKey(other);
        if (one.conflictsWith(other) || one.equals(other)) {
          conflicts++;
          assertThatIllegalArgumentException()
              .isThrownBy(() -> first.put(second))
              .withMessageContaining("198.51.100.1:1")
              .withMessageContaining("198.51.100.2:2")
              .withMessageContaining(one.toString())
              .withMessageContaining(other.toString());
        } else {
          assertThat(first.put(second).services()).hasSize(2);
        }
      }
    }
    assertThat(conflicts).isBetween(keys.size(), keys.size() * keys.size() / 2);
  }

  @Test
  void areRefusedWhereASecondKeyIsTheFirstOfAnother() {
    VirtualService web = VirtualService.tcp("192.0.2.10", 80);
    VirtualService pair = VirtualService.tcp("192.0.2.10", 443).addKey(web.key());

    assertThatIllegalArgumentException().isThrownBy(() -> empty.put(web).put(pair));
    assertThatIllegalArgumentException().isThrownBy(() -> empty.put(pair).put(web));
    assertThat(empty.put(pair).put(pair).services()).hasSize(1);
    assertThat(empty.put(web).remove(web.key()).put(pair).service(pair.key())).isEqualTo(pair);
  }

  @Test
  void areRefusedWhereAVipIsARealServerOfAnother() {
    for (String[] pair :
        new String[][] {
          {"192.0.2.21/32", "192.0.2.21", "198.51.100.1"},
          {"192.0.2.0/24", "192.0.2.21", "198.51.100.1"},
          {"2001:db8::/64", "2001:db8::21", "2001:db8:1::1"}
        }) {
      VirtualService vips = VirtualService.of(key(pair[0], PortRange.of(80)));
      VirtualService servers = VirtualService.udp(pair[2], 53).realServer(pair[1]);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> empty.put(vips).put(servers))
          .withMessageContaining(vips.key().toString())
          .withMessageContaining(servers.key().toString());
      assertThatIllegalArgumentException().isThrownBy(() -> empty.put(servers).put(vips));
      assertThatIllegalArgumentException().isThrownBy(() -> empty.apply(List.of(servers, vips)));
      assertThat(empty.put(vips).remove(vips.key()).put(servers).vips()).hasSize(1);
    }
  }

  @Test
  void doNotStandInTheWayOfAKeyThatGoesFromOneServiceToAnother() {
    VirtualService a = VirtualService.tcp("192.0.2.10", 1);
    VirtualService b = VirtualService.tcp("192.0.2.10", 2);
    ServiceKey moving = VirtualService.tcp("192.0.2.10", 3).key();
    Membership before = empty.apply(List.of(a.addKey(moving), b));

    Membership after = before.apply(List.of(b.addKey(moving), a));

    assertThat(after.service(a.key())).isEqualTo(a);
    assertThat(after.service(b.key())).isEqualTo(b.addKey(moving));
    assertThatIllegalArgumentException().isThrownBy(() -> before.put(b.addKey(moving)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> empty.apply(List.of(a, a)))
        .withMessageContaining("given twice");
  }

  private static List<ServiceKey> keys() {
    List<ServiceKey> keys = new ArrayList<>();
    for (String vip : new String[] {"192.0.2.10/32", "192.0.2.0/24", "192.0.3.0/24"}) {
      for (Protocol protocol : new Protocol[] {Protocol.TCP, Protocol.UDP}) {
        for (PortRange ports :
            new PortRange[] {
              PortRange.of(80), new PortRange(70, 90), new PortRange(80, 100), PortRange.ANY
            }) {
          keys.add(new ServiceKey(protocol, IpPrefix.parse(vip), ports));
        }
      }
    }
    return keys;
  }

  private static ServiceKey key(String vip, PortRange ports) {
    return new ServiceKey(Protocol.TCP, IpPrefix.parse(vip), ports);
  }
}
