package io.dsr.core.frame;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads Ethernet frames from a capture of the classic pcap format, of either byte order, with times
 * in microseconds or nanoseconds. What is in it is taken for hostile. One thread.
 */
public final class PcapReader implements Closeable {

  private static final long NANOS = 1_000_000_000;
  private static final int NANOS_A_MICROSECOND = 1_000;

  private final InputStream in;
  private final ByteOrder order;
  private final int fraction;
  private int count;
  private byte[] frame = {};
  private int length;
  private long epochNanos;

  /** Tells that a stream is no capture that this reads, whatever follows its header. */
  public static final class NoCaptureException extends IOException {

    private static final long serialVersionUID = 1;

    NoCaptureException(String message) {
      super(message);
    }
  }

  /**
   * Begins to read; the stream, which had better be buffered, is this reader's from now on.
   *
   * @throws NoCaptureException if it is no capture, one of pcapng, or not of Ethernet; the message
   *     begins with "is", for the caller to put a name before it
   * @throws IOException if it cannot be read
   */
  public PcapReader(InputStream in) throws IOException {
    this.in = in;
    byte[] octets = in.readNBytes(PcapFormat.FILE_HEADER);
    ByteBuffer header = ByteBuffer.wrap(octets);
    int magic = octets.length < PcapFormat.FILE_HEADER ? 0 : header.getInt(0);
    if (magic == PcapFormat.NEXT_GENERATION) {
      throw new NoCaptureException("is a pcapng file (cure: tcpdump -r FILE -w classic.pcap)");
    }
    if (!isMagic(magic)) {
      header.order(ByteOrder.LITTLE_ENDIAN);
      magic = Integer.reverseBytes(magic);
    }
    if (!isMagic(magic)) {
      throw new NoCaptureException("is not a capture (expected: a file that tcpdump -w wrote)");
    }
    int link = header.getInt(PcapFormat.LINK_TYPE) & 0xffff;
    if (link != PcapFormat.ETHERNET) {
      throw new NoCaptureException("has link type " + link + " (expected: 1, Ethernet)");
    }
    this.order = header.order();
    this.fraction = magic == PcapFormat.MICROSECONDS ? NANOS_A_MICROSECOND : 1;
  }

  private static boolean isMagic(int magic) {
    return magic == PcapFormat.MICROSECONDS || magic == PcapFormat.NANOSECONDS;
  }

  /**
   * Reads the next frame; false if there is none.
   *
   * @throws IOException if it is cut off, or of a length that no frame has, or cannot be read
   */
  public boolean next() throws IOException {
    byte[] octets = in.readNBytes(PcapFormat.RECORD_HEADER);
    if (octets.length == 0) {
      return false;
    }
    int number = count + 1;
    if (octets.length < PcapFormat.RECORD_HEADER) {
      throw new EOFException("frame " + number + " is cut off");
    }
    ByteBuffer header = ByteBuffer.wrap(octets).order(order);
    int kept = header.getInt(8);
    if (kept < 0 || kept > PcapFormat.SNAP_LENGTH) {
      throw new IOException(
          "frame "
              + number
              + " has a length of "
              + kept
              + " (expected: 0 to "
              + PcapFormat.SNAP_LENGTH
              + ")");
    }
    byte[] read = in.readNBytes(kept);
    if (read.length < kept) {
      throw new EOFException("frame " + number + " is cut off");
    }
    frame = read;
    length = header.getInt(12);
    epochNanos =
        Integer.toUnsignedLong(header.getInt(0)) * NANOS
            + Integer.toUnsignedLong(header.getInt(4)) * fraction;
    count = number;
    return true;
  }

  /** Returns how many frames have been read. */
  public int count() {
    return count;
  }

  /** Returns a copy of the frame that was read last, as far as it was captured. */
  public byte[] frame() {
    return frame.clone();
  }

  /** Returns how long that frame was on the wire; more than was captured if it was cut. */
  public int length() {
    return length;
  }

  /** Returns when that frame was seen, in nanoseconds since 1970 UTC. */
  public long epochNanos() {
    return epochNanos;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
