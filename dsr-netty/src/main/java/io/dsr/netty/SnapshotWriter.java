package io.dsr.netty;

import io.dsr.core.ServiceKey;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.StoredEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Writes a snapshot.
 *
 * <pre>
 * "DSRSNAP" and the version, 1, in 8 octets
 * flows       'F' and what {@code core.director.FlowSnapshot} writes
 * entries    'S' | family 8 | source 128 | destination 128 | ports 16, 16 | protocol 8
 *             remaining milliseconds 32 | server (8 of length, 4 or 16) | service (16 of length)
 * end         'E' | entries 64 | CRC-32C of everything before 32
 * </pre>
 *
 * <p>The file is written beside its place and moved there when it is whole. One thread.
 */
final class SnapshotWriter implements AutoCloseable {

  /** What a snapshot begins with; the last octet is the version. */
  static final byte[] MAGIC = {'D', 'S', 'R', 'S', 'N', 'A', 'P', 1};

  static final byte SESSION = 'S';
  static final byte END = 'E';

  /** An upper bound of what one entry takes. */
  static final int MAXIMUM_ENTRY = 1_024;

  private static final int FLUSH = 1 << 20;
  private static final long MILLISECOND = 1_000_000;

  private final Path file;
  private final Path beside;
  private final FileChannel channel;
  private final ByteBuf buffer = Unpooled.buffer(FLUSH);
  private final CRC32C checksum = new CRC32C();
  private final long[] count = {0};

  SnapshotWriter(Path file) throws IOException {
    this.file = file.toAbsolutePath();
    this.beside = this.file.resolveSibling(this.file.getFileName() + ".part");
    this.channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    buffer.writeBytes(MAGIC);
  }

  /** Returns where entries are written; {@link #flush} takes them. */
  ByteBuf buffer() {
    return buffer;
  }

  /** Returns how many entries there are, in its first element. */
  long[] count() {
    return count;
  }

  void entries(ServiceKey service, PersistenceTable table, SlotDirectory slotDirectory) {
    table.export(entry -> {
      Member member = slotDirectory.member(entry.slot());
      if (member != null && member.generation() == entry.generation()) {
        entry(service, entry, member);
        count[0]++;
        if (buffer.readableBytes() > FLUSH) {
          flushUnchecked();
        }
      }
    });
  }

  private void entry(ServiceKey service, StoredEntry entry, Member member) {
    buffer.writeByte(SESSION).writeByte(entry.ipv6() ? 6 : 4);
    buffer.writeLong(entry.sourceHigh()).writeLong(entry.sourceLow());
    buffer.writeLong(entry.destinationHigh()).writeLong(entry.destinationLow());
    buffer.writeShort(entry.sourcePort()).writeShort(entry.destinationPort());
    buffer.writeByte(entry.protocol());
    buffer.writeInt((int) Math.min(entry.remainingNanos() / MILLISECOND, Integer.MAX_VALUE));
    byte[] server = member.address().getAddress();
    buffer.writeByte(server.length).writeBytes(server);
    byte[] name = service.toString().getBytes(StandardCharsets.UTF_8);
    buffer.writeShort(name.length).writeBytes(name);
  }

  private void flushUnchecked() {
    try {
      flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void flush() throws IOException {
    ByteBuffer octets = buffer.nioBuffer();
    checksum.update(octets.duplicate());
    while (octets.hasRemaining()) {
      channel.write(octets);
    }
    buffer.clear();
  }

  /** Ends the file, and returns how many entries it has. */
  long finish() throws IOException {
    buffer.writeByte(END).writeLong(count[0]);
    flush();
    buffer.writeInt((int) checksum.getValue());
    flush();
    channel.force(true);
    channel.close();
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return count[0];
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(beside);
    buffer.release();
  }
}
