package io.dsr.netty.host;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.Loss;
import io.dsr.netty.channel.PacketChannel;
import io.dsr.netty.channel.PacketStatistics;
import io.dsr.netty.channel.PacketStatistics.SendErrors;
import io.dsr.netty.handler.DirectorHandler;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Adds up what the channels of an interface have counted. Any thread. */
final class InterfaceCounts {

  private final List<Long> kernelFrames = new ArrayList<>();
  private final Map<Loss, Long> losses = new EnumMap<>(Loss.class);
  private long received;
  private long forwarded;
  private long offered;
  private long sent;

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
    var counts = new InterfaceCounts();
    // Once a second, by code that a young virtual machine interprets: plain loops.
    for (PacketChannel channel : binding == null ? List.<PacketChannel>of() : binding.channels()) {
      counts.add(channel);
    }
    for (DirectorHandler each :
        binding == null ? List.<DirectorHandler>of() : binding.directors()) {
      counts.forwarded += each.written();
      counts.lose(Loss.NO_EGRESS, each.noEgress());
    }
    var now =
        new InterfaceStatistics(
            name,
            attached,
            counts.kernelFrames,
            counts.received,
            counts.forwarded,
            counts.offered,
            counts.sent,
            counts.losses);
    return past == null ? now : now.plus(past);
  }

  private void add(PacketChannel channel) {
    boolean open = channel.isOpen();
    PacketStatistics counts = channel.statistics();
    kernelFrames.add(counts.kernelFrames());
    received += counts.received() - counts.failed() - counts.copyDrops();
    forwarded += counts.forwarded();
    offered += counts.offered();
    sent += counts.sent();
    lose(Loss.RING_FULL, counts.kernelDrops());
    lose(Loss.TRUNCATED, counts.truncated());
    lose(Loss.GSO_BUFFERS_FULL, counts.gsoDrops());
    lose(Loss.COPY_FAILED, counts.copyDrops());
    lose(Loss.HANDLER_FAILED, counts.failed());
    lose(Loss.PASS_COPY_FAILED, counts.passCopyDrops());
    lose(Loss.NO_EGRESS, counts.noEgress());
    SendErrors errors = counts.sendErrors();
    lose(Loss.SEND_QUEUE_FULL, errors.noBuffers());
    lose(Loss.SEND_BUFFER_FULL, errors.wouldBlock());
    lose(Loss.SEND_TOO_LONG, errors.tooLong());
    lose(Loss.SEND_LINK_DOWN, errors.linkDown());
    lose(Loss.SEND_INVALID, errors.invalid());
    lose(Loss.SEND_REFUSED, errors.other());
    if (!open) { // what waits is not lost while somebody may take it
      lose(Loss.UNREAD, counts.unread());
      lose(Loss.UNSENT, counts.unsent());
    }
  }

  private void lose(Loss loss, long frames) {
    losses.merge(loss, frames, Long::sum);
  }
}
