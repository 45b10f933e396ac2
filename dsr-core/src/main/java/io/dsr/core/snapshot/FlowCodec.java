package io.dsr.core.snapshot;

import io.dsr.core.ServiceKey;
import io.dsr.core.flow.StoredFlow;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;

/**
 * One flow as octets, of {@link #VERSION}, with its server by address in place of a slot, and its
 * service by name.
 *
 * <pre>
 * flow    family 8 (4 or 6) | protocol 8 | flags 8 (1: acknowledged)
 *         source 32 or 128 | destination 32 or 128 | source port 16 | destination port 16
 *         remaining milliseconds 32 | end of sequence 32 | acknowledgement 32 | upstream MAC 48
 *         state (8 of length, ASCII) | server (8 of length, 4 or 16) | service (16 of length, UTF-8)
 * </pre>
 *
 * <p>All numbers in network order.
 */
public final class FlowCodec {

  /** The version of what is written, and the only one that is read. */
  public static final int VERSION = 1;

  private static final int ACKNOWLEDGED = 1;
  private static final long MILLISECOND = 1_000_000;
  private static final int FIXED_AFTER_ADDRESSES = 22;
  private static final int IPV4 = 4;
  private static final int IPV6 = 16;

  private FlowCodec() {}

  /** Writes a flow of a server of a service. */
  public static void write(ByteBuf out, StoredFlow flow, ServiceKey service, InetAddress server) {
    out.writeByte(flow.ipv6() ? 6 : 4).writeByte(flow.protocol());
    out.writeByte(flow.acknowledged() ? ACKNOWLEDGED : 0);
    if (flow.ipv6()) {
      out.writeLong(flow.sourceHigh()).writeLong(flow.sourceLow());
      out.writeLong(flow.destinationHigh()).writeLong(flow.destinationLow());
    } else {
      out.writeInt((int) flow.sourceLow()).writeInt((int) flow.destinationLow());
    }
    out.writeShort(flow.sourcePort()).writeShort(flow.destinationPort());
    out.writeInt((int) Math.min(flow.remainingNanos() / MILLISECOND, Integer.MAX_VALUE));
    out.writeInt(flow.sequenceEnd()).writeInt(flow.acknowledgement());
    out.writeShort((int) (flow.upstream() >>> 32)).writeInt((int) flow.upstream());
    Octets.shortText(out, flow.state());
    Octets.address(out, server);
    Octets.text(out, service.toString());
  }

  /**
   * Reads a flow.
   *
   * @throws IllegalArgumentException if the octets are no flow
   */
  public static SnapshotRecord.Flow read(ByteBuf in) {
    Octets.require(in, 3);
    boolean wide = in.readByte() == 6;
    int protocol = in.readUnsignedByte();
    boolean acknowledged = (in.readByte() & ACKNOWLEDGED) != 0;
    Octets.require(in, (wide ? 2 * IPV6 : 2 * IPV4) + FIXED_AFTER_ADDRESSES);
    long sourceHigh = wide ? in.readLong() : 0;
    long sourceLow = wide ? in.readLong() : in.readUnsignedInt();
    long destinationHigh = wide ? in.readLong() : 0;
    long destinationLow = wide ? in.readLong() : in.readUnsignedInt();
    int sourcePort = in.readUnsignedShort();
    int destinationPort = in.readUnsignedShort();
    long remaining = in.readUnsignedInt() * MILLISECOND;
    int end = in.readInt();
    int acknowledgement = in.readInt();
    long upstream = ((long) in.readUnsignedShort() << 32) | in.readUnsignedInt();
    String state = Octets.shortText(in);
    InetAddress server = Octets.address(in);
    String service = Octets.text(in);
    var flow =
        new StoredFlow(
            wide,
            sourceHigh,
            sourceLow,
            destinationHigh,
            destinationLow,
            sourcePort,
            destinationPort,
            protocol,
            state,
            remaining,
            end,
            acknowledged,
            acknowledgement,
            upstream,
            0,
            0);
    return new SnapshotRecord.Flow(flow, service, server);
  }
}
