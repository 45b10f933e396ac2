package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends what was flushed, straight out of each frame's memory, by sendmmsg(2): {@code struct
 * mmsghdr} and {@code struct iovec} of a batch are laid out once. The event loop's.
 *
 * <p>A frame that the kernel refuses is dropped and counted: a balancer must not let one frame hold
 * up those behind it.
 */
final class PacketWriter implements ChannelOutboundBuffer.MessageProcessor {

  private static final int BATCH = 256;
  private static final int STAGING = 256 * 1024;

  private static final int MMSGHDR = 64;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int IOVEC = 16;
  private static final int VECTORS = 2; // a header and a frame
  private static final int HIGHEST_ERRNO = 133;

  private final PacketSocket socket;
  private final PacketCounters counters;
  private final String name;
  private final boolean vnetHeader;
  // The collector's memory: a listener may close the channel in the middle of a batch.
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment headers = arena.allocate((long) BATCH * MMSGHDR, Long.BYTES);
  private final MemorySegment vectors = arena.allocate((long) BATCH * VECTORS * IOVEC, Long.BYTES);
  private final MemorySegment zeros = arena.allocate(VnetHeader.LENGTH, Long.BYTES);
  private final MemorySegment staging = arena.allocate(STAGING, Long.BYTES);
  private final ByteBuffer stagingBuffer = staging.asByteBuffer();
  private final @Nullable Object[] messages = new @Nullable Object[BATCH];
  private final @Nullable LinuxException[] failures =
      new @Nullable LinuxException[HIGHEST_ERRNO + 1];
  private int count;
  private int staged;
  private boolean closed;

  PacketWriter(PacketSocket socket, boolean vnetHeader, PacketCounters counters, String name) {
    this.socket = socket;
    this.vnetHeader = vnetHeader;
    this.counters = counters;
    this.name = name;
    for (int i = 0; i < BATCH; i++) {
      long vector = vectors.address() + (long) i * VECTORS * IOVEC;
      headers.set(JAVA_LONG, (long) i * MMSGHDR + MSG_IOV, vector);
    }
  }

  /** Sends or drops all that was flushed. */
  void write(ChannelOutboundBuffer in) throws Exception {
    while (!closed && !in.isEmpty()) {
      count = 0;
      staged = 0;
      in.forEachFlushedMessage(this);
      if (count > 0) {
        send(in);
      } else if (in.current() instanceof ByteBuf frame && frame.isReadable()) {
        drop(in, frame, Errno.EMSGSIZE); // longer than all of the staging memory
      } else {
        in.remove(); // cancelled
      }
    }
  }

  /** Ends a {@link #write} that is under way; the socket is about to be closed. */
  void close() {
    closed = true;
  }

  private void send(ChannelOutboundBuffer in) {
    int done = 0;
    while (done < count && !closed) {
      int sent = socket.sendBatch(headers.address() + (long) done * MMSGHDR, count - done);
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
    if (count == BATCH || !(message instanceof ByteBuf frame)) {
      return false;
    }
    boolean added = add(frame);
    if (added) {
      messages[count++] = message;
    }
    return added;
  }

  private boolean add(ByteBuf frame) {
    if (frame instanceof PacketFrame whole && whole.readerIndex() == 0) {
      return addWhole(whole);
    }
    return addOther(frame);
  }

  private boolean addWhole(PacketFrame frame) {
    if (vnetHeader && !frame.hasVnetHeader()) {
      return addWithHeader(zeros.address(), frame.address(), frame.readableBytes());
    }
    int header = vnetHeader ? VnetHeader.LENGTH : 0;
    vector(0, frame.address() - header, header + frame.readableBytes());
    vectorCount(1);
    return true;
  }

  private boolean addOther(ByteBuf frame) {
    PacketFrame origin = origin(frame);
    if (origin != null) {
      return addPart(frame, origin);
    }
    if (frame.hasMemoryAddress()) {
      long address = frame.memoryAddress() + frame.readerIndex();
      return addWithHeader(zeros.address(), address, frame.readableBytes());
    }
    return addCopy(frame);
  }

  /** Returns the received frame that a slice or a duplicate is made of. */
  private static @Nullable PacketFrame origin(ByteBuf frame) {
    ByteBuf buffer = frame;
    while (buffer != null && !(buffer instanceof PacketFrame)) {
      buffer = buffer.unwrap();
    }
    return (PacketFrame) buffer;
  }

  private boolean addPart(ByteBuf part, PacketFrame origin) {
    int length = part.readableBytes();
    long address = MemorySegment.ofBuffer(part.nioBuffer()).address();
    if (!vnetHeader || !origin.hasVnetHeader()) {
      return addWithHeader(zeros.address(), address, length);
    }
    if (STAGING - staged < VnetHeader.LENGTH) {
      return false;
    }
    origin.copyVnetHeader(staging, staged, (int) (address - origin.address()));
    addWithHeader(staging.address() + staged, address, length);
    staged += VnetHeader.LENGTH;
    return true;
  }

  private boolean addCopy(ByteBuf frame) {
    int length = frame.readableBytes();
    if (STAGING - staged < length) {
      return false;
    }
    frame.getBytes(frame.readerIndex(), stagingBuffer.limit(staged + length).position(staged));
    addWithHeader(zeros.address(), staging.address() + staged, length);
    staged += length;
    return true;
  }

  private boolean addWithHeader(long header, long address, int length) {
    int first = vnetHeader ? 1 : 0;
    if (vnetHeader) {
      vector(0, header, VnetHeader.LENGTH);
    }
    vector(first, address, length);
    vectorCount(first + 1);
    return true;
  }

  private void vector(int part, long address, long length) {
    long at = ((long) count * VECTORS + part) * IOVEC;
    vectors.set(JAVA_LONG, at, address);
    vectors.set(JAVA_LONG, at + Long.BYTES, length);
  }

  private void vectorCount(int parts) {
    headers.set(JAVA_LONG, (long) count * MMSGHDR + MSG_IOVLEN, parts);
  }
}
