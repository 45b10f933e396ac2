package io.dsr.netty.channel;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.Arrays;
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
  private final MessageBatch batch;
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
    this.batch = new MessageBatch(vnetHeader);
    Arrays.fill(lenders, NOBODY);
  }

  /**
   * Adds a frame that goes with the next {@link #flush}, which this calls if there is no room.
   *
   * @param frame read from now, before the caller puts it to other use
   * @param slotOwner is called when the frame's memory is free again, even if the frame is lost
   * @return whether it is the first to wait for a flush
   */
  boolean forward(PacketFrame frame, SlotOwner slotOwner, int slot) {
    if (batch.isFull()) {
      flush();
    }
    counters.add(PacketCounters.OFFERED, 1);
    int index = batch.count();
    batch.addWhole(frame);
    lenders[index] = slotOwner;
    slots[index] = slot;
    return index == 0;
  }

  /** Sends or drops what was forwarded, and gives its memory back. */
  void flush() {
    send(null);
  }

  /** Sends or drops all that was flushed, after what was forwarded before. */
  void write(ChannelOutboundBuffer in) throws Exception {
    flush();
    while (!closed && !in.isEmpty()) {
      collect(in);
      if (batch.count() > 0) {
        send(in);
      } else if (in.current() instanceof ByteBuf frame && frame.isReadable()) {
        counters.add(PacketCounters.TOO_LONG, 1); // longer than all of the staging memory
        in.remove(failure(Errno.EMSGSIZE));
      } else {
        removeCancelled(in);
      }
    }
  }

  private void collect(ChannelOutboundBuffer in) throws Exception {
    boolean success = false;
    try {
      in.forEachFlushedMessage(this);
      success = true;
    } finally {
      if (!success) { // a frame that its writer has released: nothing of the batch is sent
        batch.clear();
        Arrays.fill(messages, null);
      }
    }
  }

  /** Ends a {@link #write} or a {@link #flush} that is under way; the socket closes now. */
  void close() {
    closed = true;
  }

  /**
   * Sends the batch, each frame once: the kernel takes it, or it is dropped and counted.
   *
   * @param in where the frames were written to, or null if they were forwarded
   */
  private void send(@Nullable ChannelOutboundBuffer in) {
    int count = batch.count();
    int done = 0;
    while (done < count && !closed) {
      int sent = socket.sendBatch(batch.address(done), count - done);
      if (sent > 0) {
        counters.add(PacketCounters.SENT, sent);
        for (int end = done + sent; done < end; done++) {
          settle(done, in, 0);
        }
      } else if (sent != -Errno.EINTR) {
        counters.add(counter(-sent), 1);
        settle(done++, in, -sent);
      }
    }
    batch.clear();
    for (; done < count; done++) { // closed: what was written the channel fails itself
      messages[done] = null;
      release(done);
    }
  }

  /** Ends what is to be done with a frame that the kernel took, or refused with {@code errno}. */
  private void settle(int index, @Nullable ChannelOutboundBuffer in, int errno) {
    if (in == null) {
      release(index);
      return;
    }
    skipCancelled(in, messages[index]);
    messages[index] = null;
    if (errno == 0) {
      in.remove();
    } else {
      in.remove(failure(errno));
    }
  }

  private void release(int index) {
    SlotOwner slotOwner = lenders[index];
    lenders[index] = NOBODY; // or it would keep a closed channel's memory
    slotOwner.release(slots[index]);
  }

  /** A cancelled write is no message of the batch, but still an entry of the buffer. */
  @SuppressWarnings("ReferenceEquality") // equal frames are not the same frame
  private void skipCancelled(ChannelOutboundBuffer in, @Nullable Object message) {
    while (in.current() != null && in.current() != message) {
      removeCancelled(in);
    }
  }

  private void removeCancelled(ChannelOutboundBuffer in) {
    counters.add(PacketCounters.OFFERED, -1);
    in.remove();
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
    int index = batch.count();
    if (batch.isFull() || !(message instanceof ByteBuf frame) || !batch.add(frame)) {
      return false;
    }
    messages[index] = message;
    return true;
  }
}
