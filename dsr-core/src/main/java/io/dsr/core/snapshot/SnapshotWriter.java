package io.dsr.core.snapshot;

import io.dsr.core.ServiceKey;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.persistence.StoredEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.zip.CRC32C;

/**
 * Writes a snapshot.
 *
 * <pre>
 * "DSRSNAP" and the version, 1, in 8 octets
 * flows       'F' and what {@link FlowCodec} writes
 * clients     'S' and what persistence remembers of one
 * end         'E' | records 64 | CRC-32C of everything before 32
 * </pre>
 *
 * <p>The file is written beside its place, readable for its owner alone, and moved there when it is
 * whole: {@link #finish}. Only a regular file is replaced. One thread.
 */
public final class SnapshotWriter implements Closeable {

  /** What a snapshot begins with; the last octet is the version. */
  static final byte[] MAGIC = {'D', 'S', 'R', 'S', 'N', 'A', 'P', FlowCodec.VERSION};

  static final byte FLOW = 'F';
  static final byte CLIENT = 'S';
  static final byte END = 'E';

  private static final int FLUSH = 1 << 20;

  private final Path file;
  private final Path beside;
  private final FileChannel channel;
  private final ByteBuf buffer = Unpooled.buffer(FLUSH);
  private final CRC32C checksum = new CRC32C();
  private long count;

  /**
   * Begins a snapshot; nothing is at {@code file} before {@link #finish}.
   *
   * @throws IOException if there is something else than a regular file, or if a file beside it
   *     cannot be created; the message has its name
   */
  public SnapshotWriter(Path file) throws IOException {
    this.file = file.toAbsolutePath();
    RegularFile.checkReplaceable(this.file);
    String random = Integer.toHexString(new SecureRandom().nextInt());
    this.beside = this.file.resolveSibling(this.file.getFileName() + "." + random + ".part");
    this.channel = RegularFile.create(beside);
    buffer.writeBytes(MAGIC);
  }

  /** Writes a flow of a server of a service. */
  public void flow(StoredFlow flow, ServiceKey service, InetAddress server) throws IOException {
    buffer.writeByte(FLOW);
    FlowCodec.write(buffer, flow, service, server);
    counted();
  }

  /** Writes a client that has a server of a service. */
  public void client(StoredEntry entry, ServiceKey service, InetAddress server) throws IOException {
    buffer.writeByte(CLIENT);
    ClientCodec.write(buffer, entry, service, server);
    counted();
  }

  private void counted() throws IOException {
    count++;
    if (buffer.readableBytes() > FLUSH / 2) {
      flush();
    }
  }

  private void flush() throws IOException {
    ByteBuffer octets = buffer.nioBuffer();
    checksum.update(octets.duplicate());
    try {
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
    } catch (IOException e) {
      throw new IOException(file + " cannot be written: " + e.getMessage(), e);
    }
    buffer.clear();
  }

  /** Ends the file, puts it where it belongs, and returns how many records it has. */
  public long finish() throws IOException {
    buffer.writeByte(END).writeLong(count);
    flush();
    buffer.writeInt((int) checksum.getValue());
    flush();
    channel.force(true);
    channel.close();
    RegularFile.checkReplaceable(file);
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return count;
  }

  /** Lets go of what was not finished. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(beside);
    buffer.release();
  }
}
