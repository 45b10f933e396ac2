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
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.regex.Pattern;
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
 * whole: {@link #finish}. Only a regular file is replaced. What a process left beside it that was
 * killed before it was done is deleted by a later writer to the same place, once nobody has written
 * it for 10 minutes. One thread.
 */
public final class SnapshotWriter implements Closeable {

  /** What a snapshot begins with; the last octet is the version. */
  static final byte[] MAGIC = {'D', 'S', 'R', 'S', 'N', 'A', 'P', FlowCodec.VERSION};

  static final byte FLOW = 'F';
  static final byte CLIENT = 'S';
  static final byte END = 'E';

  private static final int FLUSH = 1 << 20;

  /** What was not written for so long is of a process that is gone: one that lives writes on. */
  private static final long ABANDONED_MILLISECONDS = Duration.ofMinutes(10).toMillis();

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
    deleteAbandoned();
    buffer.writeBytes(MAGIC);
  }

  /**
   * Deletes what other writers to the same place have abandoned; if that fails, it does no harm.
   */
  private void deleteAbandoned() {
    Pattern named =
        Pattern.compile(Pattern.quote(file.getFileName() + ".") + "[0-9a-f]{1,8}\\.part");
    try (DirectoryStream<Path> others = Files.newDirectoryStream(beside.resolveSibling("."))) {
      // The clock of the file system, which may be that of another host.
      long now = RegularFile.attributes(beside).lastModifiedTime().toMillis();
      for (Path other : others) {
        if (named.matcher(String.valueOf(other.getFileName())).matches()) {
          deleteIfAbandoned(other, now);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The next writer tries again.
    }
  }

  private static void deleteIfAbandoned(Path other, long now) throws IOException {
    BasicFileAttributes attributes = RegularFile.attributes(other);
    long unwritten = now - attributes.lastModifiedTime().toMillis();
    if (attributes.isRegularFile() && unwritten > ABANDONED_MILLISECONDS) {
      Files.deleteIfExists(other);
    }
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
