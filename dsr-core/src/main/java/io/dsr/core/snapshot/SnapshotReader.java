package io.dsr.core.snapshot;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot: the whole of it for its checksum first, again for its records, their count and
 * its end, and then record by record. What is in it is taken for hostile all the same. One thread.
 *
 * <p>The file is opened once, and only if it is a regular one. Who replaces it meanwhile changes
 * nothing; who truncates it has the reader fail.
 */
public final class SnapshotReader implements Closeable {

  private static final int CHUNK = 1 << 16;
  private static final int TRAILER = Integer.BYTES;

  /** What every snapshot has: a header, the end with its count, and the checksum. */
  private static final int SHORTEST = SnapshotWriter.MAGIC.length + 1 + Long.BYTES + TRAILER;

  /** An upper bound of what one record takes: two texts of 255 and 65,535 octets, and the rest. */
  private static final int MAXIMUM_RECORD = (1 << 16) + 1_024;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuf buffer = Unpooled.buffer(MAXIMUM_RECORD + CHUNK);

  /** Where the checksum begins. */
  private final long end;

  /** What of the file comes next into the buffer. */
  private long position;

  private long count;

  /**
   * Opens a file, and reads all of it once for its checksum and once for its records.
   *
   * @throws IOException if there is none, if it is no regular file, no snapshot, of another
   *     version, or damaged; the message has its name
   */
  public SnapshotReader(Path file) throws IOException {
    this.file = file;
    this.channel = RegularFile.open(file, "a snapshot");
    try {
      long size = channel.size();
      this.end = size - TRAILER;
      verify(size);
      rewind();
      while (next() != null) {
        // Whoever takes records gets all of them, or none.
      }
      rewind();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void rewind() {
    buffer.clear();
    position = SnapshotWriter.MAGIC.length;
    count = 0;
  }

  private void verify(long size) throws IOException {
    byte[] magic = new byte[SnapshotWriter.MAGIC.length];
    if (size < magic.length || !Arrays.equals(read(0, magic), SnapshotWriter.MAGIC)) {
      throw new IOException(
          file + " is not a snapshot of this version (expected: DSRSNAP, version 1)");
    }
    if (size < SHORTEST) {
      throw new IOException(file + " ends before its checksum (expected: a complete snapshot)");
    }
    var checksum = new CRC32C();
    for (position = 0; position < end; ) {
      buffer.clear();
      load((int) Math.min(CHUNK, end - position));
      checksum.update(buffer.nioBuffer());
    }
    byte[] trailer = read(end, new byte[TRAILER]);
    if (ByteBuffer.wrap(trailer).getInt() != (int) checksum.getValue()) {
      throw new IOException(file + " is damaged: its checksum is wrong");
    }
  }

  private byte[] read(long from, byte[] octets) throws IOException {
    position = from;
    buffer.clear();
    load(octets.length);
    buffer.readBytes(octets);
    return octets;
  }

  /** Appends that many octets of the file to the buffer. */
  private void load(int octets) throws IOException {
    for (int read = 0; read < octets; ) {
      int more = buffer.writeBytes(channel, position, octets - read);
      if (more <= 0) {
        throw new IOException(file + " was truncated while it was read");
      }
      read += more;
      position += more;
    }
  }

  /**
   * Returns the next record, or null at the end.
   *
   * @throws IOException if the file cannot be read, or what is in it is no record
   */
  public @Nullable SnapshotRecord next() throws IOException {
    fill();
    try {
      Octets.require(buffer, 1);
      byte mark = buffer.readByte();
      SnapshotRecord record =
          switch (mark) {
            case SnapshotWriter.FLOW -> FlowCodec.read(buffer);
            case SnapshotWriter.CLIENT -> ClientCodec.read(buffer);
            case SnapshotWriter.END -> null;
            default ->
                throw new IllegalArgumentException(
                    "a record of kind " + mark + " (expected: a flow, a client or the end)");
          };
      if (record == null) {
        finish();
      } else {
        count++;
      }
      return record;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private void finish() {
    Octets.require(buffer, Long.BYTES);
    long written = buffer.getLong(buffer.readerIndex());
    if (written != count) {
      throw new IllegalArgumentException(count + " records (expected: " + written + ")");
    }
    long more = buffer.readableBytes() - Long.BYTES + end - position;
    if (more > 0) {
      throw new IllegalArgumentException(more + " octets behind its end (expected: none)");
    }
    buffer.readerIndex(buffer.readerIndex() - 1); // whoever asks again gets the same
  }

  private void fill() throws IOException {
    if (buffer.readableBytes() < MAXIMUM_RECORD && position < end) {
      buffer.discardReadBytes();
      load((int) Math.min(end - position, buffer.writableBytes()));
    }
  }

  @Override
  public void close() throws IOException {
    buffer.release();
    channel.close();
  }
}
