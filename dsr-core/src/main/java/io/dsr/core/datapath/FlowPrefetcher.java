package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.IpProtocol;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Loads what the next frames need from the flow tables before a {@link Director} decides about the
 * first of them.
 *
 * <p>A frame waits for memory twice, for the index and then for its flow's record, and what kernel
 * and frames take of the caches between two frames of a flow leaves nothing of either there. Of up
 * to {@link #MOST} frames that have been prefetched all the entries are loaded at once, and then
 * all the records. It is a guess: of frames with VLAN tags, IPv4 options, IPv6 extension headers or
 * another protocol than TCP and UDP it knows nothing, and what it guesses wrong costs time alone.
 *
 * <p>Event loop only. Allocates nothing, and changes nothing that can be seen.
 */
public final class FlowPrefetcher {

  /** The most frames that can be prefetched at once. */
  public static final int MOST = FlowTracker.MOST_PREFETCHED;

  /** The fewest flows for which it pays: fewer stay in the caches by themselves. */
  static final int FEWEST_FLOWS = 1_024;

  private static final int IP = 14;
  private static final int IPV4_END = IP + 20;
  private static final int IPV6_END = IP + 40;
  private static final int PORTS_LENGTH = 4;
  private static final int VERSION_4_WITHOUT_OPTIONS = 0x45;
  private static final int IPV6_NEXT_HEADER = IP + 6;
  private static final int IPV6_SOURCE = IP + 8;
  private static final int IPV6_DESTINATION = IP + 24;

  // Eight bytes each, to read a frame in few steps.
  private static final int TYPE_VERSION = IP - 2;
  private static final int LIFETIME_PROTOCOL_CHECKSUM_SOURCE = IP + 8;
  private static final int DESTINATION_PORTS = IP + 16;

  private final FlowTables flowTables;
  private final FlowKey[] flows = new FlowKey[MOST];
  private final int[] hashes = new int[MOST];

  /** How many flows have been prefetched since the last were loaded. */
  private int count;

  /** Whose hash is asked for next, of those that were loaded last: {@code next} to {@code end}. */
  private int next;

  private int end;

  FlowPrefetcher(FlowTables flowTables, HashKey placement) {
    this.flowTables = flowTables;
    Arrays.setAll(flows, i -> new FlowKey(placement));
  }

  /** Returns whether there are enough flows that prefetching frames is worthwhile. */
  public boolean isWorthwhile() {
    return flowTables.size() >= FEWEST_FLOWS;
  }

  /** Prefetches a frame, which may be any bytes. One more than {@link #MOST} is ignored. */
  public void prefetch(ByteBuf frame) {
    if (count == MOST) {
      return;
    }
    end = 0;
    FlowKey flow = flows[count];
    FamilyFlows tables = guess(frame, flow) ? flowTables.of(flow) : null;
    if (tables != null) {
      int hash = tables.remembered().hash(flow);
      hashes[count++] = hash;
      tables.remembered().prefetch(hash);
    }
  }

  /** Loads what the prefetched frames need. */
  public void load() {
    load(flowTables.of(false));
    load(flowTables.of(true));
    next = 0;
    end = count;
    count = 0;
  }

  /**
   * Returns the hash of a flow, which need not be computed again if it was prefetched. Frames come
   * in the order in which they were prefetched, but some are dropped before their hash is asked
   * for.
   */
  int hash(FlowKey flow, FlowTracker table) {
    for (int i = next; i < end; i++) {
      if (flows[i].isSame(flow)) {
        next = i + 1;
        return hashes[i];
      }
    }
    return table.hash(flow);
  }

  private static void load(@Nullable FamilyFlows tables) {
    if (tables != null) {
      tables.remembered().loadPrefetched();
    }
  }

  /** Reads which flow a frame probably belongs to; returns false if it does not look like one. */
  static boolean guess(ByteBuf frame, FlowKey flow) {
    int start = frame.readerIndex();
    int length = frame.readableBytes();
    if (length < IPV4_END + PORTS_LENGTH) {
      return false;
    }
    long head = frame.getLong(start + TYPE_VERSION);
    return switch ((int) (head >>> 48)) {
      case EtherType.IPV4 ->
          ((int) (head >>> 40) & 0xff) == VERSION_4_WITHOUT_OPTIONS && ipv4(frame, start, flow);
      case EtherType.IPV6 -> length >= IPV6_END + PORTS_LENGTH && ipv6(frame, start, flow);
      default -> false;
    };
  }

  private static boolean ipv4(ByteBuf frame, int start, FlowKey flow) {
    long middle = frame.getLong(start + LIFETIME_PROTOCOL_CHECKSUM_SOURCE);
    int protocol = (int) (middle >>> 48) & 0xff;
    if (!isGuessed(protocol)) {
      return false;
    }
    long end = frame.getLong(start + DESTINATION_PORTS);
    flow.ipv4((int) middle, (int) (end >>> 32), (int) end >>> 16, (int) end & 0xffff, protocol);
    return true;
  }

  private static boolean ipv6(ByteBuf frame, int start, FlowKey flow) {
    int protocol = frame.getUnsignedByte(start + IPV6_NEXT_HEADER);
    if (!isGuessed(protocol)) {
      return false;
    }
    int ports = frame.getInt(start + IPV6_END);
    flow.ipv6(
            frame.getLong(start + IPV6_SOURCE),
            frame.getLong(start + IPV6_SOURCE + Long.BYTES),
            frame.getLong(start + IPV6_DESTINATION),
            frame.getLong(start + IPV6_DESTINATION + Long.BYTES))
        .transport(ports >>> 16, ports & 0xffff, protocol);
    return true;
  }

  private static boolean isGuessed(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }
}
