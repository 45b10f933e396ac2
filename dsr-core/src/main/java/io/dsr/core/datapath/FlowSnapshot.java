package io.dsr.core.datapath;

import io.dsr.core.FlowView;
import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Flows as octets, so that a restart or a standby keeps them: what a record holds, with its server
 * by address in place of a slot, and its service by name.
 *
 * <pre>
 * flow    'F' 8 | family 8 (4 or 6) | protocol 8 | flags 8 (1: acknowledged)
 *         source 32 or 128 | destination 32 or 128 | source port 16 | destination port 16
 *         remaining milliseconds 32 | end of sequence 32 | acknowledgement 32 | upstream MAC 48
 *         state (8 of length, ASCII) | server (8 of length, 4 or 16) | service (16 of length, UTF-8)
 * </pre>
 *
 * <p>All numbers in network order. Event loop only.
 */
@SuppressWarnings("exports") // used by our own modules alone
public final class FlowSnapshot {

  /** The mark that a flow begins with. */
  static final byte FLOW = 'F';

  private static final int ACKNOWLEDGED = 1;
  private static final long MILLISECOND = 1_000_000;
  private static final int FIXED_AFTER_ADDRESSES = 22;
  private static final int IPV4 = 4;
  private static final int IPV6 = 16;

  private final FlowTables flowTables;
  private final Forwarder forwarder;
  private final FlowKey key;

  FlowSnapshot(FlowTables flowTables, Forwarder forwarder, FlowKey scratch) {
    this.flowTables = flowTables;
    this.forwarder = forwarder;
    this.key = scratch;
  }

  /** Writes a flow, unless nobody knows its server any more; returns whether it did. */
  public boolean write(FlowTracker table, int record, SlotDirectory slotDirectory, ByteBuf out) {
    Member member = slotDirectory.member(table.slot(record));
    ServiceKey service = slotDirectory.service(table.slot(record));
    if (member == null || service == null) {
      return false;
    }
    table.key(record, key);
    out.writeByte(FLOW).writeByte(key.isIpv6() ? 6 : 4).writeByte(key.protocol());
    out.writeByte(table.hasAcknowledgement(record) ? ACKNOWLEDGED : 0);
    if (key.isIpv6()) {
      out.writeLong(key.sourceHigh()).writeLong(key.sourceLow());
      out.writeLong(key.destinationHigh()).writeLong(key.destinationLow());
    } else {
      out.writeInt((int) key.sourceLow()).writeInt((int) key.destinationLow());
    }
    out.writeShort(key.sourcePort()).writeShort(key.destinationPort());
    long remaining = table.remainingNanos(record) / MILLISECOND;
    out.writeInt((int) Math.min(remaining, Integer.MAX_VALUE));
    out.writeInt(table.sequenceEnd(record)).writeInt(table.acknowledgement(record));
    long upstream = forwarder.upstreams().mac(table.upstream(record));
    out.writeShort((int) (upstream >>> 32)).writeInt((int) upstream);
    text(out, table.stateName(record), 1);
    byte[] server = member.address().getAddress();
    out.writeByte(server.length).writeBytes(server);
    text(out, service.toString(), 2);
    return true;
  }

  private static void text(ByteBuf out, String text, int width) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    if (width == 1) {
      out.writeByte(octets.length);
    } else {
      out.writeShort(octets.length);
    }
    out.writeBytes(octets);
  }

  /** Where a flow that was read belongs, or null if nobody has it any more. */
  @FunctionalInterface
  public interface Places {
    /** Returns the server that takes the flow over, or null if there is none. */
    @Nullable Member find(String service, InetAddress server, FlowView flow);
  }

  /** What became of a flow that was read. */
  public enum Outcome {
    /** It is remembered again. */
    RESTORED,
    /** Its service or server is gone, or it is remembered already. */
    SKIPPED,
    /** There is no room. */
    FULL
  }

  /**
   * Reads a flow, behind its mark, and remembers it.
   *
   * @throws IllegalArgumentException if the octets are no flow
   */
  public Outcome read(ByteBuf in, Places places) {
    require(in, 3);
    boolean wide = in.readByte() == 6;
    int protocol = in.readUnsignedByte();
    boolean acknowledged = (in.readByte() & ACKNOWLEDGED) != 0;
    require(in, (wide ? 2 * IPV6 : 2 * IPV4) + FIXED_AFTER_ADDRESSES);
    if (wide) {
      key.ipv6(in.readLong(), in.readLong(), in.readLong(), in.readLong())
          .transport(in.readUnsignedShort(), in.readUnsignedShort(), protocol);
    } else {
      int source = in.readInt();
      int destination = in.readInt();
      key.ipv4(source, destination, in.readUnsignedShort(), in.readUnsignedShort(), protocol);
    }
    long remaining = in.readUnsignedInt() * MILLISECOND;
    int end = in.readInt();
    int acknowledgement = in.readInt();
    long upstream = ((long) in.readUnsignedShort() << 32) | in.readUnsignedInt();
    String state = text(in, 1);
    InetAddress server = address(in);
    Member member = places.find(text(in, 2), server, key);
    FamilyFlows tables = flowTables.of(key);
    if (member == null || tables == null || tables.of(key).peek(key) >= 0) {
      return Outcome.SKIPPED;
    }
    FlowTracker table = tables.remembered();
    int record = table.restore(key, member.slot(), member.generation(), state, remaining);
    if (record < 0) {
      return record == FlowTracker.FULL ? Outcome.FULL : Outcome.SKIPPED;
    }
    table.numbers(record, end, acknowledged, acknowledgement);
    table.upstream(record, forwarder.upstreams().index(upstream));
    table.opened(record);
    return Outcome.RESTORED;
  }

  private static String text(ByteBuf in, int width) {
    require(in, width);
    int length = width == 1 ? in.readUnsignedByte() : in.readUnsignedShort();
    require(in, length);
    return in.readString(length, StandardCharsets.UTF_8);
  }

  private static InetAddress address(ByteBuf in) {
    require(in, 1);
    int length = in.readUnsignedByte();
    if (length != IPV4 && length != IPV6) {
      throw new IllegalArgumentException(
          "server address of " + length + " octets (expected: 4 or 16)");
    }
    require(in, length);
    byte[] octets = new byte[length];
    in.readBytes(octets);
    return IpPrefix.address(octets);
  }

  private static void require(ByteBuf in, int octets) {
    if (in.readableBytes() < octets) {
      throw new IllegalArgumentException(
          "the snapshot ends in the middle of a flow (expected: " + octets + " octets more)");
    }
  }
}
