package io.dsr.core.snapshot;

import io.dsr.core.ServiceKey;
import io.dsr.core.persistence.StoredEntry;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;

/**
 * One client that persistence remembers as octets.
 *
 * <pre>
 * client  family 8 | source 128 | destination 128 | ports 16, 16 | protocol 8
 *         remaining milliseconds 32 | server (8 of length, 4 or 16) | service (16 of length)
 * </pre>
 *
 * <p>All numbers in network order; the high 64 bits of an IPv4 address are 0.
 */
final class ClientCodec {

  private static final int FIXED = 42;
  private static final long MILLISECOND = 1_000_000;

  private ClientCodec() {}

  static void write(ByteBuf out, StoredEntry entry, ServiceKey service, InetAddress server) {
    out.writeByte(entry.ipv6() ? 6 : 4);
    out.writeLong(entry.sourceHigh()).writeLong(entry.sourceLow());
    out.writeLong(entry.destinationHigh()).writeLong(entry.destinationLow());
    out.writeShort(entry.sourcePort()).writeShort(entry.destinationPort());
    out.writeByte(entry.protocol());
    out.writeInt((int) Math.min(entry.remainingNanos() / MILLISECOND, Integer.MAX_VALUE));
    Octets.address(out, server);
    Octets.text(out, service.toString());
  }

  /**
   * Reads a client.
   *
   * @throws IllegalArgumentException if the octets are no client
   */
  static SnapshotRecord.Client read(ByteBuf in) {
    Octets.require(in, FIXED);
    boolean ipv6 = in.readByte() == 6;
    long sourceHigh = in.readLong();
    long sourceLow = in.readLong();
    long destinationHigh = in.readLong();
    long destinationLow = in.readLong();
    int sourcePort = in.readUnsignedShort();
    int destinationPort = in.readUnsignedShort();
    int protocol = in.readUnsignedByte();
    long remaining = in.readUnsignedInt() * MILLISECOND;
    InetAddress server = Octets.address(in);
    String service = Octets.text(in);
    var entry =
        new StoredEntry(
            ipv6,
            sourceHigh,
            sourceLow,
            sourcePort,
            destinationHigh,
            destinationLow,
            destinationPort,
            protocol,
            0,
            0,
            remaining);
    return new SnapshotRecord.Client(entry, service, server);
  }
}
