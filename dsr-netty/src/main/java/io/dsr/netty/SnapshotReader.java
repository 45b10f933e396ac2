package io.dsr.netty;

import io.dsr.core.FlowView;
import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.inspect.Inspection;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.StoredEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot: the whole of it for its checksum first, then entry by entry, a bounded number
 * at a time. What is in it is taken for hostile all the same. {@link #restore} runs on the event
 * loop while the other thread waits for it.
 */
final class SnapshotReader {

  private static final int CHUNK = 1 << 16;
  private static final int ENTRIES_A_TASK = 512;
  private static final int TRAILER = Integer.BYTES;
  private static final int SESSION_FIXED = 43;
  private static final byte FLOW = 'F';
  private static final long MILLISECOND = 1_000_000;

  private final Path file;
  private final Map<String, ServiceKey> services = new HashMap<>();
  private final SlotDirectory slotDirectory;
  private final Map<ServiceKey, PersistenceTable> entries;
  private final Predicate<InetAddress> mine;
  private final ByteBuf buffer = Unpooled.buffer(CHUNK * 2);
  private long position = SnapshotWriter.MAGIC.length;
  private long end;
  private boolean done;

  /**
   * Creates a reader.
   *
   * @param entries where entries are restored
   * @param mine whether the flows of a client are the event loop's
   */
  SnapshotReader(
      Path file,
      SlotDirectory slotDirectory,
      Map<ServiceKey, PersistenceTable> entries,
      Predicate<InetAddress> mine) {
    this.mine = mine;
    this.file = file;
    this.slotDirectory = slotDirectory;
    this.entries = entries;
    for (int slot : slotDirectory.slots()) {
      ServiceKey key = slotDirectory.service(slot);
      if (key != null) {
        services.put(key.toString(), key);
      }
    }
  }

  /**
   * Reads the file once.
   *
   * @throws IOException if it is no snapshot, of another version, or damaged
   */
  void verify() throws IOException {
    long size = Files.size(file);
    end = size - TRAILER;
    var checksum = new CRC32C();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(SnapshotWriter.MAGIC.length);
      if (!Arrays.equals(magic, SnapshotWriter.MAGIC)) {
        throw new IOException(
            file + " is no snapshot of this version (expected: DSRSNAP, version 1)");
      }
      checksum.update(magic);
      byte[] chunk = new byte[CHUNK];
      for (long at = magic.length; at < end; ) {
        int read = in.read(chunk, 0, (int) Math.min(CHUNK, end - at));
        if (read < 0) {
          throw new IOException(file + " ends before its checksum (expected: a whole snapshot)");
        }
        checksum.update(chunk, 0, read);
        at += read;
      }
      byte[] trailer = in.readNBytes(TRAILER);
      if (trailer.length < TRAILER
          || ByteBuffer.wrap(trailer).getInt() != (int) checksum.getValue()) {
        throw new IOException(file + " is damaged: its checksum differs");
      }
    }
  }

  /** Reads on, as far as there is room; returns whether there is anything to restore. */
  boolean fill() throws IOException {
    if (done) {
      return false;
    }
    buffer.discardReadBytes();
    int wanted = (int) Math.min(CHUNK, end - position);
    if (wanted > 0 && buffer.readableBytes() < CHUNK) {
      try (var channel = Files.newByteChannel(file)) {
        channel.position(position);
        ByteBuffer octets = ByteBuffer.allocate(wanted);
        while (octets.hasRemaining() && channel.read(octets) >= 0) {
          // Until it is full, or the file has become shorter.
        }
        buffer.writeBytes(octets.flip());
        position += octets.limit();
      }
    }
    return buffer.isReadable();
  }

  /** Restores some of what was read, and returns how many entries are remembered again. */
  long restore(Inspection inspection) {
    long restored = 0;
    for (int left = ENTRIES_A_TASK; left > 0 && !done && isWhole(); left--) {
      byte mark = buffer.readByte();
      switch (mark) {
        case FLOW -> restored += inspection.restore(buffer, this::holder) ? 1 : 0;
        case SnapshotWriter.SESSION -> restored += entry() ? 1 : 0;
        case SnapshotWriter.END -> done = true;
        default ->
            throw new IllegalArgumentException(
                file + ": an entry of kind " + mark + " (expected: a flow or a session)");
      }
    }
    return restored;
  }

  /** Returns whether the next entry is in the buffer to its end. */
  private boolean isWhole() {
    return buffer.readableBytes() >= SnapshotWriter.MAXIMUM_ENTRY
        || (position >= end && buffer.isReadable());
  }

  private @Nullable Member holder(String service, InetAddress server, FlowView flow) {
    return mine.test(Inspection.client(flow)) ? member(service, server) : null;
  }

  private @Nullable Member member(String service, InetAddress server) {
    ServiceKey key = services.get(service);
    Member member = key == null ? null : slotDirectory.member(key, server);
    return member == null || member.isRemoved() ? null : member;
  }

  private boolean entry() {
    require(SESSION_FIXED);
    boolean ipv6 = buffer.readByte() == 6;
    long sourceHigh = buffer.readLong();
    long sourceLow = buffer.readLong();
    long destinationHigh = buffer.readLong();
    long destinationLow = buffer.readLong();
    int sourcePort = buffer.readUnsignedShort();
    int destinationPort = buffer.readUnsignedShort();
    int protocol = buffer.readUnsignedByte();
    long remaining = buffer.readUnsignedInt() * MILLISECOND;
    int length = buffer.readUnsignedByte();
    require(length + Short.BYTES);
    byte[] octets = new byte[length];
    buffer.readBytes(octets);
    InetAddress server = IpPrefix.address(octets);
    int named = buffer.readUnsignedShort();
    require(named);
    String service = buffer.readString(named, StandardCharsets.UTF_8);
    Member member = member(service, server);
    ServiceKey key = services.get(service);
    PersistenceTable table = key == null ? null : entries.get(key);
    return member != null
        && table != null
        && table.restore(
            new StoredEntry(
                ipv6,
                sourceHigh,
                sourceLow,
                sourcePort,
                destinationHigh,
                destinationLow,
                destinationPort,
                protocol,
                member.slot(),
                member.generation(),
                remaining));
  }

  private void require(int octets) {
    if (buffer.readableBytes() < octets) {
      throw new IllegalArgumentException(file + " ends in the middle of an entry");
    }
  }
}
