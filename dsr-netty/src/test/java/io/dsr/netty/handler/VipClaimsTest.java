package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.IpPrefix;
import io.dsr.netty.handler.ArpHandlerTest.RecordingListener;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class VipClaimsTest {

  private static final long MAC = 0x0200_0000_00bbL;

  private final RecordingListener listener = new RecordingListener();
  private long now;
  private final VipClaims claims = new VipClaims(() -> now, listener);

  @Test
  void announcesEachAddressOfASmallNetworkThreeTimes() {
    claims.vips(new VipSet(List.of(IpPrefix.parse("192.0.2.16/28"))));
    List<InetAddress> all = new ArrayList<>();
    for (int second = 0; second < 10; second++) {
      all.addAll(claims.due());
      now += TimeUnit.SECONDS.toNanos(1);
    }

    assertThat(all).hasSize(3 * 16);
    assertThat(all.stream().distinct()).hasSize(16);
  }

  @Test
  void sendsNoMoreAtOnceThanALinkBearsAndTheRestSoon() {
    claims.vips(
        new VipSet(
            IntStream.range(0, 8).mapToObj(i -> IpPrefix.parse("10.0." + i + ".0/24")).toList()));
    List<InetAddress> all = new ArrayList<>();
    for (int tick = 0; tick < 4; tick++) {
      List<InetAddress> due = claims.due();
      assertThat(due).hasSize(512);
      all.addAll(due);
      now += TimeUnit.MILLISECONDS.toNanos(100);
    }

    assertThat(all).doesNotHaveDuplicates();
    assertThat(claims.due()).isEmpty();
  }

  @Test
  void announcesOfALargeNetworkOnlyWhatSomebodyClaimsOnceInTenSeconds() {
    claims.vips(new VipSet(List.of(IpPrefix.parse("10.0.0.0/8"))));
    assertThat(claims.due()).isEmpty();

    claims.claimed(InetAddress.ofLiteral("10.1.2.3"), MAC);
    claims.claimed(InetAddress.ofLiteral("10.1.2.4"), MAC);

    assertThat(claims.due()).containsExactly(InetAddress.ofLiteral("10.1.2.3"));
    assertThat(claims.due()).isEmpty();
    assertThat(listener.told).containsExactly("conflict /10.1.2.3 02:00:00:00:00:bb");

    now += TimeUnit.SECONDS.toNanos(11);
    claims.claimed(InetAddress.ofLiteral("10.1.2.4"), MAC);

    assertThat(claims.due()).containsExactly(InetAddress.ofLiteral("10.1.2.4"));
    assertThat(listener.told).hasSize(2);
  }

  @Test
  void doesNotCareWhoHasAddressesThatAreNotOurs() {
    claims.vips(new VipSet(List.of(IpPrefix.parse("10.0.0.0/8"))));

    claims.claimed(InetAddress.ofLiteral("11.1.2.3"), MAC);

    assertThat(listener.told).isEmpty();
    assertThat(claims.due()).isEmpty();
  }
}
