package io.dsr.core.frame;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes Ethernet frames to a capture as tcpdump and Wireshark read it: the classic pcap format,
 * version 2.4, with times in nanoseconds, in little-endian order.
 *
 * <p>Writes at once, into a stream that had better be buffered. One thread. What has to write
 * without waiting puts the same octets into buffers of its own by {@link #header} and {@link
 * #record}.
 */
public final class PcapWriter implements Closeable {

  /** How many octets a file begins with. */
  public static final int HEADER_LENGTH = PcapFormat.FILE_HEADER;

  /** How many octets stand before each frame. */
  public static final int RECORD_HEADER_LENGTH = PcapFormat.RECORD_HEADER;

  /** The most octets of a frame that are written. */
  public static final int SNAP_LENGTH = PcapFormat.SNAP_LENGTH;

  private final OutputStream out;
  private final ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER_LENGTH);

  /**
   * Begins a capture; the stream is this writer's from now on.
   *
   * @throws IOException if the stream refuses the file header
   */
  public PcapWriter(OutputStream out) throws IOException {
    this.out = out;
    this.record.order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH);
    header(header);
    out.write(header.array());
  }

  /** Puts what a file begins with, {@link #HEADER_LENGTH} octets, into a buffer. */
  public static void header(ByteBuffer out) {
    PcapFormat.fileHeader(out);
  }

  /**
   * Puts a frame, its header first, into a buffer in little-endian order that has room for both.
   *
   * @param epochNanos when it was seen, in nanoseconds since 1970 UTC
   * @param frame its readable octets, of which {@link #SNAP_LENGTH} are kept at most; the indices
   *     stay
   */
  public static void record(ByteBuffer out, long epochNanos, ByteBuf frame) {
    int kept = Math.min(frame.readableBytes(), SNAP_LENGTH);
    PcapFormat.recordHeader(out, epochNanos, kept, frame.readableBytes());
    int limit = out.limit();
    out.limit(out.position() + kept);
    frame.getBytes(frame.readerIndex(), out);
    out.limit(limit);
  }

  /**
   * Writes a frame.
   *
   * @param epochNanos when it was seen, in nanoseconds since 1970 UTC
   * @param frame its readable octets, of which {@link #SNAP_LENGTH} are kept at most; the indices
   *     stay
   */
  public void write(long epochNanos, ByteBuf frame) throws IOException {
    int kept = Math.min(frame.readableBytes(), SNAP_LENGTH);
    PcapFormat.recordHeader(record.clear(), epochNanos, kept, frame.readableBytes());
    out.write(record.array());
    frame.getBytes(frame.readerIndex(), out, kept);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
