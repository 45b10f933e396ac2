package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FlowMemoryTest {

  private static final long MEGABYTE = 1 << 20;
  private static final IpPrefix VIP4 = IpPrefix.of(InetAddress.ofLiteral("192.0.2.10"));
  private static final IpPrefix VIP6 = IpPrefix.of(InetAddress.ofLiteral("2001:db8::10"));

  @Test
  void namesWhatIsNeededWhatIsFreeAndTheCure() {
    FlowMemory.check(100 * MEGABYTE, 120 * MEGABYTE, "IPv6", 1 << 20);

    assertThatThrownBy(() -> FlowMemory.check(100 * MEGABYTE, 60 * MEGABYTE, "IPv6", 1 << 20))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "flow tables: 1,048,576 connections of IPv6 need 100 MB of the Java heap, and 60 MB"
                + " are free (cure: java -Xmx with 48 MB more; or fewer connections: run"
                + " --max-connections, maximumConnections)");
  }

  @Test
  void refusesTablesThatNoHeapHasRoomForBeforeItTakesThem() {
    var limits = new DirectorLimits(DirectorLimits.LARGEST, HashKey.PLACEMENT);
    var channel = new EmbeddedChannel();
    var load = new OverloadDetector(new ServerCounters(4), 4);
    List<Shard> loops =
        List.of(
            new Shard(
                0,
                channel.eventLoop(),
                new Slots(4),
                load,
                limits,
                new VipGates(/* open= */ true),
                () -> 0));

    FlowMemory.check(loops, limits, Set.of());
    assertThatThrownBy(() -> FlowMemory.check(loops, limits, Set.of(VIP4, VIP6)))
        .hasMessageContaining("flow tables: 67,108,864 connections of IPv4 and IPv6 each need ");
    assertThatThrownBy(() -> FlowMemory.check(loops, limits, Set.of(VIP6)))
        .hasMessageContaining("flow tables: 67,108,864 connections of IPv6 need ");
    assertThat(channel.finish()).isFalse();
  }
}
