package io.dsr.core.inspect;

import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.datapath.FamilyFlows;
import io.dsr.core.datapath.FlowTables;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the flows of one event loop page by page, a bounded number of records a call, so that
 * millions can be listed while frames go on. Event loop only.
 *
 * <p>A position is the number of a table in the high half and of a record in the low one. A flow
 * that is there all the while is met once; one that comes or goes meanwhile may be missed.
 */
final class FlowListing {

  private static final int TABLES = 4;

  private final FlowTables flowTables;
  private final FlowKey key;

  /** What is done with a flow that is met. */
  @FunctionalInterface
  interface Visitor {

    /** Looks at a record of {@code table}, which it may remove; returns whether to go on. */
    boolean visit(FlowTracker table, int record);
  }

  FlowListing(FlowTables flowTables, FlowKey scratch) {
    this.flowTables = flowTables;
    this.key = scratch;
  }

  /** Returns flows that match from a position on, after at most {@code examined} records. */
  FlowPage page(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int limit, int examined) {
    List<FlowEntry> found = new ArrayList<>();
    var match = new Match(filter, slotDirectory);
    long next =
        walk(
            from,
            examined,
            (table, record) -> {
              if (match.fits(table, record)) {
                found.add(entry(table, record, slotDirectory));
              }
              return found.size() < limit;
            });
    return new FlowPage(found, next, examined);
  }

  /** Forgets flows that match from a position on; the page has how many in place of which. */
  long forget(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int examined, int[] forgotten) {
    var match = new Match(filter, slotDirectory);
    return walk(
        from,
        examined,
        (table, record) -> {
          if (match.fits(table, record)) {
            table.remove(record, CloseReason.REMOVED);
            forgotten[0]++;
          }
          return true;
        });
  }

  /**
   * Counts flows that match from a position on: those that are open in the first element of {@code
   * counts}, the others in the second.
   */
  long count(
      FlowFilter filter, SlotDirectory slotDirectory, long from, int examined, long[] counts) {
    var match = new Match(filter, slotDirectory);
    return walk(
        from,
        examined,
        (table, record) -> {
          if (match.fits(table, record)) {
            counts[table.isOpen(record) ? 0 : 1]++;
          }
          return true;
        });
  }

  /** Visits records from a position on, and returns where to go on, or {@link FlowPage#END}. */
  long walk(long from, int examined, Visitor visitor) {
    int number = (int) (from >>> 32);
    int record = (int) from;
    int left = examined;
    while (number < TABLES) {
      FlowTracker table = table(number);
      int end = table == null ? 0 : table.capacity();
      for (; record < end; record++, left--) {
        if (left == 0) {
          return ((long) number << 32) | record;
        }
        if (table != null && table.inUse(record) && !visitor.visit(table, record)) {
          return ((long) number << 32) | (record + 1);
        }
      }
      number++;
      record = 0;
    }
    return FlowPage.END;
  }

  private @Nullable FlowTracker table(int number) {
    FamilyFlows tables = flowTables.of(number >= TABLES / 2);
    if (tables == null) {
      return null;
    }
    return (number & 1) == 0 ? tables.remembered() : tables.halfOpen();
  }

  /** Returns a flow in words. */
  FlowEntry entry(FlowTracker table, int record, SlotDirectory slotDirectory) {
    table.key(record, key);
    int slot = table.slot(record);
    Member member = slotDirectory.member(slot);
    ServiceKey service = slotDirectory.service(slot);
    InetAddress vip = address(key.isIpv6(), key.destinationHigh(), key.destinationLow());
    Protocol protocol = Protocol.of(key.protocol());
    return new FlowEntry(
        service == null ? unknown(protocol, vip, key.destinationPort()) : service,
        protocol,
        address(key.isIpv6(), key.sourceHigh(), key.sourceLow()),
        key.sourcePort(),
        vip,
        key.destinationPort(),
        member == null ? vip : member.address(),
        table.stateName(record),
        table.isCounted(record),
        Duration.ofNanos(table.remainingNanos(record)));
  }

  // A flow of a member that has just gone: named by what the client addresses.
  private static ServiceKey unknown(Protocol protocol, InetAddress vip, int port) {
    return port == 0
        ? new ServiceKey(protocol, IpPrefix.of(vip), PortRange.ANY)
        : new ServiceKey(protocol, vip, port);
  }

  /** Returns an address of the two words of a {@link io.dsr.core.FlowView}. */
  static InetAddress address(boolean ipv6, long high, long low) {
    byte[] octets =
        ipv6
            ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
            : ByteBuffer.allocate(4).putInt((int) low).array();
    return IpPrefix.address(octets);
  }

  /** A filter made ready for records. */
  private final class Match {

    private final @Nullable BitSet slots;
    private final @Nullable IpPrefix client;
    private final @Nullable String state;

    Match(FlowFilter filter, SlotDirectory slotDirectory) {
      this.client = filter.client().orElse(null);
      this.state = filter.state().orElse(null);
      this.slots =
          filter.service().isEmpty() && filter.server().isEmpty()
              ? null
              : slots(filter, slotDirectory);
    }

    private static BitSet slots(FlowFilter filter, SlotDirectory slotDirectory) {
      var slots = new BitSet();
      for (int slot : slotDirectory.slots()) {
        Member member = slotDirectory.member(slot);
        boolean service =
            filter.service().map(wanted -> wanted.equals(slotDirectory.service(slot))).orElse(true);
        boolean server =
            filter.server().map(w -> member != null && w.equals(member.address())).orElse(true);
        slots.set(slot, service && server);
      }
      return slots;
    }

    boolean fits(FlowTracker table, int record) {
      if (slots != null && !slots.get(table.slot(record))) {
        return false;
      }
      if (state != null && !state.equals(table.stateName(record))) {
        return false;
      }
      if (client == null) {
        return true;
      }
      table.key(record, key);
      return key.isIpv6() == client.isIpv6()
          && (key.sourceHigh() & client.highMask()) == client.high()
          && (key.sourceLow() & client.lowMask()) == client.low();
    }
  }
}
