package io.dsr.core.datapath;

import io.dsr.core.IpPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Until when we own each VIP: forward its frames, answer for it, announce it. A gate before the
 * first frame, so that publishing services and owning their VIPs are two things.
 *
 * <p>One writer, the control thread, which replaces all gates by one store, and whoever closes the
 * balancer, after which no gate opens any more. An event loop reads them once a batch ({@link
 * OpenVips}), and whoever answers or announces asks before each frame. A gate closes by itself when
 * its deadline has passed, even if the control thread has no time.
 */
public final class VipGates {

  /** The deadline of a gate that stays open. */
  public static final long FOREVER = Long.MAX_VALUE;

  /** The deadline of a gate that is closed. */
  public static final long CLOSED = Long.MIN_VALUE;

  /** All gates at one moment. Immutable. */
  public static final class Deadlines {

    private static final PrefixMap NO_VIPS = new PrefixMap(Map.of());
    private static final long[] NONE = {};

    private final PrefixMap index;
    private final long[] deadlines;
    private final long others;

    private Deadlines(PrefixMap index, long[] deadlines, long others) {
      this.index = index;
      this.deadlines = deadlines;
      this.others = others;
    }

    /** Returns gates of which all have the same deadline. */
    public static Deadlines all(long deadline) {
      return new Deadlines(NO_VIPS, NONE, deadline);
    }

    /**
     * Returns gates of VIPs, some with deadlines of their own. Of VIPs and networks that contain
     * one another, the longest prefix is the address's own.
     *
     * @param vips all VIPs, and networks of VIPs
     * @param own deadlines by VIP, clock readings in nanoseconds
     * @param others the deadline of all other VIPs
     */
    public static Deadlines of(Set<IpPrefix> vips, Map<IpPrefix, Long> own, long others) {
      if (own.isEmpty()) {
        return all(others);
      }
      Map<IpPrefix, Integer> numbers = new HashMap<>();
      long[] deadlines = new long[vips.size()];
      for (IpPrefix vip : vips) {
        int number = numbers.size();
        numbers.put(vip, number);
        deadlines[number] = own.getOrDefault(vip, others);
      }
      return new Deadlines(new PrefixMap(numbers), deadlines, others);
    }

    private int find(boolean ipv6, long high, long low) {
      return deadlines.length == 0 ? PrefixMap.NONE : index.find(ipv6, high, low);
    }

    private long deadline(int number) {
      return number < 0 ? others : deadlines[number];
    }

    /** Returns whether the gate of an address, which is as in a flow, is open. Any thread. */
    public boolean isOpen(boolean ipv6, long high, long low, long nowNanos) {
      return isOpen(deadline(find(ipv6, high, low)), nowNanos);
    }

    /** Returns whether a gate of that deadline is open. */
    public static boolean isOpen(long deadline, long nowNanos) {
      return deadline == FOREVER || (deadline != CLOSED && deadline - nowNanos > 0);
    }
  }

  private volatile Deadlines now;
  private boolean shut;

  /** Creates gates that are all open, or all closed. */
  public VipGates(boolean open) {
    this.now = Deadlines.all(open ? FOREVER : CLOSED);
  }

  /** Replaces all gates. The control thread alone. */
  public synchronized void set(Deadlines next) {
    if (!shut) {
      now = next;
    }
  }

  /** Closes all gates for good, also while the control thread is busy. Any thread. */
  public synchronized void shut() {
    shut = true;
    now = Deadlines.all(CLOSED);
  }

  /** Returns all gates of this moment. Any thread. */
  public Deadlines now() {
    return now;
  }

  /**
   * The gates as one event loop sees them during a batch. Costs one look at the clock a batch while
   * all are open for good.
   */
  static final class OpenVips {

    private final VipGates gates;
    private Deadlines seen = Deadlines.all(FOREVER);
    private long[] closed = {};
    private boolean anyClosed;
    private boolean othersClosed;

    /** Whether an open gate has a deadline, and which is the next. */
    private boolean closing;

    private long nextNanos;

    OpenVips(VipGates gates) {
      this.gates = gates;
    }

    /** Looks at the gates, before each batch. */
    @SuppressWarnings("ReferenceEquality") // this very value
    void time(long nowNanos) {
      Deadlines now = gates.now();
      if (now != seen || (closing && nextNanos - nowNanos <= 0)) {
        look(now, nowNanos);
      }
    }

    private void look(Deadlines now, long nowNanos) {
      seen = now;
      closing = false;
      closed = new long[(now.deadlines.length + Long.SIZE - 1) / Long.SIZE];
      anyClosed = false;
      for (int number = -1; number < now.deadlines.length; number++) {
        long deadline = now.deadline(number);
        boolean open = Deadlines.isOpen(deadline, nowNanos);
        anyClosed |= !open;
        if (number < 0) {
          othersClosed = !open;
        } else if (!open) {
          closed[number >> 6] |= 1L << number;
        }
        if (open && deadline != FOREVER && (!closing || deadline - nextNanos < 0)) {
          closing = true;
          nextNanos = deadline;
        }
      }
    }

    /** Returns whether the gate of any VIP is closed. */
    boolean isAnyClosed() {
      return anyClosed;
    }

    /** Returns whether the gate of a VIP's address is closed. */
    boolean isClosed(boolean ipv6, long high, long low) {
      int number = seen.find(ipv6, high, low);
      return number < 0 ? othersClosed : (closed[number >> 6] & (1L << number)) != 0;
    }
  }
}
