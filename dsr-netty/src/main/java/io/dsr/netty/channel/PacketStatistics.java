package io.dsr.netty.channel;

import static io.dsr.netty.channel.PacketCounters.BUSY_POLLS;
import static io.dsr.netty.channel.PacketCounters.COPIED;
import static io.dsr.netty.channel.PacketCounters.COPY_DROPS;
import static io.dsr.netty.channel.PacketCounters.FAILED;
import static io.dsr.netty.channel.PacketCounters.FORWARDED;
import static io.dsr.netty.channel.PacketCounters.INVALID;
import static io.dsr.netty.channel.PacketCounters.LINK_DOWN;
import static io.dsr.netty.channel.PacketCounters.LINK_ERRORS;
import static io.dsr.netty.channel.PacketCounters.NO_BUFFERS;
import static io.dsr.netty.channel.PacketCounters.NO_EGRESS;
import static io.dsr.netty.channel.PacketCounters.OFFERED;
import static io.dsr.netty.channel.PacketCounters.OTHER_ERROR;
import static io.dsr.netty.channel.PacketCounters.PASS_COPY_DROPS;
import static io.dsr.netty.channel.PacketCounters.RECEIVED;
import static io.dsr.netty.channel.PacketCounters.SENT;
import static io.dsr.netty.channel.PacketCounters.STALLS;
import static io.dsr.netty.channel.PacketCounters.SUPER_FRAMES;
import static io.dsr.netty.channel.PacketCounters.SUPER_FRAME_DROPS;
import static io.dsr.netty.channel.PacketCounters.TOO_LONG;
import static io.dsr.netty.channel.PacketCounters.TRUNCATED;
import static io.dsr.netty.channel.PacketCounters.WAKEUPS;
import static io.dsr.netty.channel.PacketCounters.WOULD_BLOCK;

/**
 * The counters of a {@link PacketChannel} since it was bound. While no frame is under way, {@code
 * kernelFrames} is the sum of {@code kernelDrops}, {@code received}, {@code truncated} and {@code
 * gsoDrops}, and {@code offered} that of {@code sent} and {@code sendErrors}.
 *
 * @param kernelFrames frames that the filter let through, by the kernel's count, its drops included
 * @param kernelDrops frames that the kernel dropped because the ring was full
 * @param path how frames are received: what {@link PacketChannelOption#RECEIVE_PATH} asks for, or
 *     the fallback {@link ReceivePath#RECVMMSG}; what is asked for as long as the channel is not
 *     bound
 * @param wakeups how often the event loop was woken for frames
 * @param busyPolls how often more frames were found without sleeping in between
 * @param received frames that were given to the {@link FrameProcessor} or the pipeline
 * @param forwarded received frames that the {@link FrameProcessor} forwarded
 * @param noEgress forwarded frames that were lost since the channel to send them was not bound
 * @param copied received frames that were copied out, since more than half of the ring was held
 * @param failed received frames that were dropped because the {@link FrameProcessor} threw
 * @param copyDrops received frames that were dropped for want of memory for such a copy, and that
 *     no {@link FrameProcessor} was asked about
 * @param passCopyDrops the same, of frames that the {@link FrameProcessor} passed
 * @param truncated frames that were dropped here because part of them was missing
 * @param gsoFrames received frames that were larger than a slot
 * @param gsoDrops frames larger than a slot that were dropped for want of a buffer
 * @param stalls how often reading stopped for a millisecond because a held frame was in its way
 * @param linkErrors errors that the interface reported
 * @param offered frames that were to be sent: forwarded to this channel, or written to it
 * @param sent frames that the kernel took
 * @param sendErrors frames that it refused
 */
public record PacketStatistics(
    long kernelFrames,
    long kernelDrops,
    ReceivePath path,
    long wakeups,
    long busyPolls,
    long received,
    long forwarded,
    long noEgress,
    long copied,
    long failed,
    long copyDrops,
    long passCopyDrops,
    long truncated,
    long gsoFrames,
    long gsoDrops,
    long stalls,
    long linkErrors,
    long offered,
    long sent,
    SendErrors sendErrors) {

  /** Returns how many frames wait to be read; of a closed channel, how many were lost unread. */
  public long unread() {
    return kernelFrames - kernelDrops - received - truncated - gsoDrops;
  }

  /** Returns how many frames wait to be sent; of a closed channel, how many were lost unsent. */
  public long unsent() {
    return offered - sent - sendErrors.total();
  }

  /**
   * Frames that the kernel refused to send, by reason; each was dropped.
   *
   * @param tooLong EMSGSIZE: longer than the MTU
   * @param noBuffers ENOBUFS: the device's queue was full
   * @param wouldBlock EAGAIN: the socket's send buffer was full
   * @param linkDown ENETDOWN or ENXIO: the interface is down or gone
   * @param invalid EINVAL: no frame, or no matching vnet header
   * @param other any other error
   */
  public record SendErrors(
      long tooLong, long noBuffers, long wouldBlock, long linkDown, long invalid, long other) {

    /** Returns the total. */
    public long total() {
      return tooLong + noBuffers + wouldBlock + linkDown + invalid + other;
    }
  }

  static PacketStatistics of(
      PacketCounters counters, ReceivePath path, long kernelFrames, long kernelDrops) {
    return new PacketStatistics(
        kernelFrames,
        kernelDrops,
        path,
        counters.get(WAKEUPS),
        counters.get(BUSY_POLLS),
        counters.get(RECEIVED),
        counters.get(FORWARDED),
        counters.get(NO_EGRESS),
        counters.get(COPIED),
        counters.get(FAILED),
        counters.get(COPY_DROPS),
        counters.get(PASS_COPY_DROPS),
        counters.get(TRUNCATED),
        counters.get(SUPER_FRAMES),
        counters.get(SUPER_FRAME_DROPS),
        counters.get(STALLS),
        counters.get(LINK_ERRORS),
        counters.get(OFFERED),
        counters.get(SENT),
        new SendErrors(
            counters.get(TOO_LONG),
            counters.get(NO_BUFFERS),
            counters.get(WOULD_BLOCK),
            counters.get(LINK_DOWN),
            counters.get(INVALID),
            counters.get(OTHER_ERROR)));
  }
}
