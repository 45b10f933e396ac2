package io.dsr.netty;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
import io.dsr.netty.channel.PacketStatistics.SendErrors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds up what the channels of an interface have counted. Any thread. */
final class InterfaceCounts {

  private InterfaceCounts() {}

  /**
   * Returns what was counted of an interface.
   *
   * @param attached whether it is in use
   * @param binding what holds it, or held it and has not been counted as past; null if nothing does
   * @param past what was counted by those that held it before
   */
  static InterfaceStatistics of(
      String name,
      boolean attached,
      @Nullable InterfaceBinding binding,
      @Nullable InterfaceStatistics past) {
    List<Long> kernelFrames = new ArrayList<>();
    long kernelDrops = 0;
    long sent = 0;
    long queueFull = 0;
    long refused = 0;
    // Once a second, by code that a young virtual machine interprets: plain loops.
    for (PacketChannel channel : binding == null ? List.<PacketChannel>of() : binding.channels()) {
      PacketStatistics counts = channel.statistics();
      SendErrors errors = counts.sendErrors();
      long full = errors.noBuffers() + errors.wouldBlock();
      kernelFrames.add(counts.kernelFrames());
      kernelDrops += counts.kernelDrops();
      sent += counts.sent();
      queueFull += full;
      refused += errors.total() - full;
    }
    var now =
        new InterfaceStatistics(
            name, attached, kernelFrames, kernelDrops, sent, queueFull, refused);
    return past == null ? now : now.plus(past);
  }
}
