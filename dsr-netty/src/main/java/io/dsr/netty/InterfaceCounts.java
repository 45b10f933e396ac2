package io.dsr.netty;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
import io.dsr.netty.channel.PacketStatistics.SendErrors;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Adds up what the channels of an interface have counted. Any thread. */
final class InterfaceCounts {

  private InterfaceCounts() {}

  /**
   * Returns what was counted of an interface.
   *
   * @param segment what holds it, null while it is gone
   * @param past what was counted by those that held it before
   */
  static InterfaceStatistics of(
      String name, @Nullable Segment segment, @Nullable InterfaceStatistics past) {
    List<PacketStatistics> counts =
        segment == null
            ? List.of()
            : segment.channels().stream().map(PacketChannel::statistics).toList();
    var now =
        new InterfaceStatistics(
            name,
            segment != null,
            counts.stream().map(PacketStatistics::kernelFrames).toList(),
            sum(counts, PacketStatistics::kernelDrops),
            sum(counts, PacketStatistics::sent),
            sum(counts, each -> queueFull(each.sendErrors())),
            sum(counts, each -> each.sendErrors().total() - queueFull(each.sendErrors())));
    return past == null ? now : now.plus(past);
  }

  private static long sum(List<PacketStatistics> counts, ToLongFunction<PacketStatistics> count) {
    return counts.stream().mapToLong(count).sum();
  }

  private static long queueFull(SendErrors errors) {
    return errors.noBuffers() + errors.wouldBlock();
  }
}
