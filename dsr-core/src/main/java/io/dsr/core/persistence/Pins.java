package io.dsr.core.persistence;

import io.dsr.core.ClientPin;
import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * The clients of a service that are tied to a server; asked before persistence and scheduler.
 *
 * <p>One hash table for each length of prefix that occurs, the longest asked first, so the cost is
 * that of the lengths, not of the pins. Immutable; rebuilt when the servers change. Kernel fast
 * path: a longest-prefix-match trie (LPM_TRIE) from source address to slot and fallback. Any
 * thread; a lookup allocates nothing.
 */
public final class Pins {

  /** Returned for a client that is not pinned. */
  public static final int NONE = -1;

  /** Shared: with many services, their own empty tables would fill the caches. */
  private static final Pins EMPTY = new Pins(List.of(), _ -> NONE);

  private final Networks[] ipv4;
  private final Networks[] ipv6;
  private final int[] slots;
  private final boolean[] refuses;

  private Pins(List<ClientPin> pins, ToIntFunction<InetAddress> slotOf) {
    var tableKey = HashKey.random();
    this.ipv4 = networks(pins, false, tableKey);
    this.ipv6 = networks(pins, true, tableKey);
    this.slots = new int[pins.size()];
    this.refuses = new boolean[pins.size()];
    for (int pin = 0; pin < slots.length; pin++) {
      slots[pin] = slotOf.applyAsInt(pins.get(pin).server());
      refuses[pin] = pins.get(pin).fallback() == ClientPin.Fallback.REFUSE;
    }
  }

  /**
   * Returns the pins of a service; a pin is known by its index in {@code pins}.
   *
   * @param pins as {@link Persistence#pins} gives them
   * @param slotOf gives the slot of a server's own address, or a negative number
   */
  public static Pins of(List<ClientPin> pins, ToIntFunction<InetAddress> slotOf) {
    return pins.isEmpty() ? EMPTY : new Pins(pins, slotOf);
  }

  /**
   * Checks that the service has each server that its persistence pins clients to.
   *
   * @throws IllegalArgumentException if not, with the names of service and pin
   */
  public static void check(VirtualService service) {
    Set<InetAddress> servers =
        service.realServers().stream().map(RealServer::address).collect(Collectors.toSet());
    for (ClientPin pin : service.persistence().map(Persistence::pins).orElse(List.of())) {
      if (!servers.contains(pin.server())) {
        throw new IllegalArgumentException(
            service.key()
                + ": pin: "
                + pin.clients()
                + " to "
                + IpPrefix.text(pin.server())
                + " (expected: a real server of the service)");
      }
    }
  }

  /** Returns the pin with the longest prefix that the flow's source is in, or {@link #NONE}. */
  public int find(FlowView flow) {
    Networks[] lengths = flow.isIpv6() ? ipv6 : ipv4;
    for (Networks networks : lengths) {
      int pin = networks.find(flow.sourceHigh(), flow.sourceLow());
      if (pin != NONE) {
        return pin;
      }
    }
    return NONE;
  }

  /** Returns the slot of the pin's server, negative if it had none when the pins were made. */
  public int slot(int pin) {
    return slots[pin];
  }

  /** Returns whether the pin's flows are refused while its server may take none. */
  public boolean refuses(int pin) {
    return refuses[pin];
  }

  /** Returns how many pins there are. */
  public int count() {
    return slots.length;
  }

  private static Networks[] networks(List<ClientPin> pins, boolean ipv6, HashKey tableKey) {
    var byLength = new TreeMap<Integer, List<Integer>>(Comparator.reverseOrder());
    for (int pin = 0; pin < pins.size(); pin++) {
      IpPrefix clients = pins.get(pin).clients();
      if (clients.isIpv6() == ipv6) {
        byLength.computeIfAbsent(clients.length(), length -> new ArrayList<>()).add(pin);
      }
    }
    return byLength.values().stream()
        .map(indices -> new Networks(pins, indices, tableKey))
        .toArray(Networks[]::new);
  }

  /** The pins of one length: open addressing, at most half full, so that each search ends. */
  private static final class Networks {

    private final HashKey tableKey;
    private final long highMask;
    private final long lowMask;
    private final long[] highs;
    private final long[] lows;

    /** One more than the pin, 0 where there is none. */
    private final int[] found;

    Networks(List<ClientPin> pins, List<Integer> indices, HashKey tableKey) {
      IpPrefix first = pins.get(indices.getFirst()).clients();
      int capacity = 4 * Integer.highestOneBit(indices.size());
      this.tableKey = tableKey;
      this.highMask = first.highMask();
      this.lowMask = first.lowMask();
      this.highs = new long[capacity];
      this.lows = new long[capacity];
      this.found = new int[capacity];
      for (int pin : indices) {
        IpPrefix clients = pins.get(pin).clients();
        int at = place(clients.high(), clients.low());
        highs[at] = clients.high();
        lows[at] = clients.low();
        found[at] = pin + 1;
      }
    }

    int find(long high, long low) {
      return found[place(high & highMask, low & lowMask)] - 1;
    }

    private int place(long high, long low) {
      int mask = found.length - 1;
      int at = (int) tableKey.quickHash(high, low) & mask;
      while (found[at] != 0 && (highs[at] != high || lows[at] != low)) {
        at = (at + 1) & mask;
      }
      return at;
    }
  }
}
