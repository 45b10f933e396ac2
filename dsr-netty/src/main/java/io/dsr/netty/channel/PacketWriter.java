package io.dsr.netty.channel;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends frames straight out of the memory that each lies in, by sendmmsg(2): those that were
 * written and flushed, and those that a {@link FrameProcessor} forwards. The event loop's.
 *
 * <p>A frame that the kernel refuses is dropped and counted: a balancer must not let one frame hold
 * up those behind it.
 */
final class PacketWriter implements ChannelOutboundBuffer.MessageProcessor {

  /** Takes the memory of a forwarded frame back, once the kernel has copied or refused it. */
  interface SlotOwner {
    void release(int slot);
  }

  private static final SlotOwner NOBODY = slot -> {};
  private static final int HIGHEST_ERRNO = 133;

  private final PacketSocket socket;
  private final PacketCounters counters;
  private final String name;
  private final MessageBatch written;
  private final MessageBatch forwarded;
  private final @Nullable Object[] messages = new @Nullable Object[MessageBatch.SIZE];
  private final SlotOwner[] lenders = new SlotOwner[MessageBatch.SIZE];
  private final int[] slots = new int[MessageBatch.SIZE];
  private final @Nullable LinuxException[] failures =
      new @Nullable LinuxException[HIGHEST_ERRNO + 1];
  private boolean closed;

  PacketWriter(PacketSocket socket, boolean vnetHeader, PacketCounters counters, String name) {
    this.socket = socket;
    this.counters = counters;
    this.name = name;
    this.written = new MessageBatch(vnetHeader);
    this.forwarded = new MessageBatch(vnetHeader);
  }

  /**
   * Adds a frame that goes with the next {@link #flush}, which this calls if there is no room.
   *
   * @param frame read from now, before the caller puts it to other use
   * @param slotOwner hears when the frame's memory is free again, even if the frame is lost
   * @return whether it is the first to wait for a flush
   */
  boolean forward(PacketFrame frame, SlotOwner slotOwner, int slot) {
    if (forwarded.isFull()) {
      flush();
    }
    int index = forwarded.count();
    forwarded.addWhole(frame);
    lenders[index] = slotOwner;
    slots[index] = slot;
    return index == 0;
  }

  /** Sends or drops what was forwarded, and gives its memory back. */
  void flush() {
    int count = forwarded.count();
    int done = 0;
    while (done < count && !closed) {
      int sent = socket.sendBatch(forwarded.address(done), count - done);
      if (sent > 0) {
        counters.add(PacketCounters.SENT, sent);
        done += sent;
      } else if (sent != -Errno.EINTR) {
        counters.add(counter(-sent), 1);
        done++;
      }
    }
    forwarded.clear();
    for (int i = 0; i < count; i++) {
      SlotOwner slotOwner = lenders[i];
      lenders[i] = NOBODY; // or it would keep a closed channel's memory
      slotOwner.release(slots[i]);
    }
  }

  /** Sends or drops all that was flushed, after what was forwarded before. */
  void write(ChannelOutboundBuffer in) throws Exception {
    flush();
    while (!closed && !in.isEmpty()) {
      written.clear();
      in.forEachFlushedMessage(this);
      if (written.count() > 0) {
        send(in);
      } else if (in.current() instanceof ByteBuf frame && frame.isReadable()) {
        drop(in, frame, Errno.EMSGSIZE); // longer than all of the staging memory
      } else {
        in.remove(); // cancelled
      }
    }
  }

  /** Ends a {@link #write} or a {@link #flush} that is under way; the socket closes now. */
  void close() {
    closed = true;
  }

  private void send(ChannelOutboundBuffer in) {
    int count = written.count();
    int done = 0;
    while (done < count && !closed) {
      int sent = socket.sendBatch(written.address(done), count - done);
      if (sent > 0) {
        counters.add(PacketCounters.SENT, sent);
        for (int end = done + sent; done < end; done++) {
          skipCancelled(in, messages[done]);
          in.remove();
          messages[done] = null;
        }
      } else if (sent != -Errno.EINTR) {
        drop(in, messages[done], -sent);
        messages[done++] = null;
      }
    }
  }

  private void drop(ChannelOutboundBuffer in, @Nullable Object message, int errno) {
    counters.add(counter(errno), 1);
    skipCancelled(in, message);
    in.remove(failure(errno));
  }

  /** A cancelled write is no message of the batch, but still an entry of the buffer. */
  @SuppressWarnings("ReferenceEquality") // equal frames are not the same frame
  private static void skipCancelled(ChannelOutboundBuffer in, @Nullable Object message) {
    while (in.current() != null && in.current() != message) {
      in.remove();
    }
  }

  /** Returns the one exception of an error: at line rate a stack trace for each would hurt. */
  private LinuxException failure(int errno) {
    int index = errno > HIGHEST_ERRNO ? 0 : errno;
    LinuxException failure = failures[index];
    if (failure == null) {
      failure = new LinuxException("sendmmsg(" + name + ")", errno);
      failures[index] = failure;
    }
    return failure;
  }

  private static int counter(int errno) {
    return switch (errno) {
      case Errno.EMSGSIZE -> PacketCounters.TOO_LONG;
      case Errno.ENOBUFS -> PacketCounters.NO_BUFFERS;
      case Errno.EAGAIN -> PacketCounters.WOULD_BLOCK;
      case Errno.ENETDOWN, Errno.ENXIO -> PacketCounters.LINK_DOWN;
      case Errno.EINVAL -> PacketCounters.INVALID;
      default -> PacketCounters.OTHER_ERROR;
    };
  }

  /** Adds a message to the batch; returns false if the batch, or the staging memory, is full. */
  @Override
  public boolean processMessage(Object message) {
    int index = written.count();
    if (written.isFull() || !(message instanceof ByteBuf frame) || !written.add(frame)) {
      return false;
    }
    messages[index] = message;
    return true;
  }
}
