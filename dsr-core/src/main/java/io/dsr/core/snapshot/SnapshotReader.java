package io.dsr.core.snapshot;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot: the whole of it for its checksum first, then record by record. What is in it is
 * taken for hostile all the same. One thread.
 */
public final class SnapshotReader implements Closeable {

  private static final int CHUNK = 1 << 16;
  private static final int TRAILER = Integer.BYTES;

  /** What every snapshot has: a header, the end with its count, and the checksum. */
  private static final int SHORTEST = SnapshotWriter.MAGIC.length + 1 + Long.BYTES + TRAILER;

  /** An upper bound of what one record takes: two texts of 255 and 65,535 octets, and the rest. */
  private static final int MAXIMUM_RECORD = (1 << 16) + 1_024;

  private final Path file;
  private final InputStream in;
  private final ByteBuf buffer = Unpooled.buffer(MAXIMUM_RECORD + CHUNK);
  private long unread;
  private long count;

  /**
   * Opens a file, and reads it once for its checksum.
   *
   * @throws IOException if there is none, if it is no snapshot, of another version, or damaged; the
   *     message has its name
   */
  public SnapshotReader(Path file) throws IOException {
    this.file = file;
    try {
      verify();
      this.in = Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist (expected: a snapshot)", e);
    }
    in.skipNBytes(SnapshotWriter.MAGIC.length);
    this.unread = Files.size(file) - SnapshotWriter.MAGIC.length - TRAILER;
  }

  private void verify() throws IOException {
    var checksum = new CRC32C();
    try (InputStream whole = Files.newInputStream(file)) {
      byte[] magic = whole.readNBytes(SnapshotWriter.MAGIC.length);
      if (!Arrays.equals(magic, SnapshotWriter.MAGIC)) {
        throw new IOException(
            file + " is not a snapshot of this version (expected: DSRSNAP, version 1)");
      }
      long size = Files.size(file);
      if (size < SHORTEST) {
        throw new IOException(file + " ends before its checksum (expected: a complete snapshot)");
      }
      checksum.update(magic);
      byte[] chunk = new byte[CHUNK];
      for (long at = magic.length; at < size - TRAILER; ) {
        int read = whole.read(chunk, 0, (int) Math.min(CHUNK, size - TRAILER - at));
        if (read < 0) {
          throw new IOException(file + " ends before its checksum (expected: a complete snapshot)");
        }
        checksum.update(chunk, 0, read);
        at += read;
      }
      byte[] trailer = whole.readNBytes(TRAILER);
      if (trailer.length < TRAILER
          || ByteBuffer.wrap(trailer).getInt() != (int) checksum.getValue()) {
        throw new IOException(file + " is damaged: its checksum is wrong");
      }
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
        end();
      } else {
        count++;
      }
      return record;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private void end() {
    Octets.require(buffer, Long.BYTES);
    long written = buffer.getLong(buffer.readerIndex());
    if (written != count) {
      throw new IllegalArgumentException(count + " records (expected: " + written + ")");
    }
    buffer.readerIndex(buffer.readerIndex() - 1); // whoever asks again gets the same
  }

  private void fill() throws IOException {
    if (buffer.readableBytes() >= MAXIMUM_RECORD || unread == 0) {
      return;
    }
    buffer.discardReadBytes();
    int wanted = (int) Math.min(unread, buffer.writableBytes());
    for (int read = 0; read < wanted; ) {
      int more = buffer.writeBytes(in, wanted - read);
      if (more < 0) {
        throw new IOException(file + " was truncated while it was read");
      }
      read += more;
    }
    unread -= wanted;
  }

  @Override
  public void close() throws IOException {
    buffer.release();
    in.close();
  }
}
