package io.dsr.netty.channel;

import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketSocket;
import io.dsr.linux.packet.PacketSocket.KernelCounts;

/**
 * The kernel's counts of a socket, summed up: the kernel forgets what it was asked for. Any thread;
 * the lock keeps a closed descriptor from being asked, and forwarding threads never take it.
 */
final class KernelCounters {

  private final PacketSocket socket;
  private long frames;
  private long drops;
  private boolean closed;

  KernelCounters(PacketSocket socket) {
    this.socket = socket;
  }

  /** Returns the sum up to now. */
  synchronized KernelCounts read() {
    if (!closed) {
      try {
        KernelCounts recent = socket.takeKernelCounts();
        frames += recent.frames();
        drops += recent.drops();
      } catch (LinuxException e) {
        throw new IllegalStateException("an open packet socket has counts", e);
      }
    }
    return new KernelCounts(frames, drops);
  }

  /** Takes the last counts; the socket may be closed then. */
  synchronized void close() {
    read();
    closed = true;
  }
}
