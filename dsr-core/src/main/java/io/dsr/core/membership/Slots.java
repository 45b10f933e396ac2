package io.dsr.core.membership;

import io.dsr.core.FailurePolicy;
import io.dsr.core.FlowRemoval;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What forwarding threads need to know of each server slot: whose it is now, and where its frames
 * go.
 *
 * <p>Two arrays with one writer each: generations are written by the control thread, MAC addresses
 * by the event loop that resolves them. Any thread may read; each word is whole.
 */
public final class Slots {

  /** The largest number of slots: a flow record keeps a slot in sixteen bits. */
  public static final int MAXIMUM = 65_536;

  /** In place of a MAC address that is not known. */
  public static final long UNRESOLVED = -1;

  /** The flows of the slot's server stay with it. */
  public static final int KEEP = 0;

  /** Each flow of the slot's server is placed again with its next frame. */
  public static final int MOVE = 1;

  /** Each flow of the slot's server is forgotten with its next frame, which is dropped. */
  public static final int EXPIRE = 2;

  /** The slot's server is not known to have failed. */
  public static final int WORKS = 0;

  /** It has failed, and its flows stay. */
  public static final int FAILED_KEEP = 1;

  /** It has failed, and each flow is placed again with its next frame. */
  public static final int FAILED_MOVE = 2;

  /** It has failed, and each flow is forgotten with its next frame, which is dropped. */
  public static final int FAILED_EXPIRE = 3;

  /** It has failed; flows of TCP and SCTP stay, each other one is placed again. */
  public static final int FAILED_BY_PROTOCOL = 4;

  /** It works, but has drained for long enough: flows as under the one before. */
  public static final int DRAINED = 5;

  /** The most links that servers may be on. */
  public static final int MAXIMUM_LINKS = 16;

  private static final long MAC_MASK = 0xffff_ffff_ffffL;
  private static final int LINK_SHIFT = 48;
  private static final int GENERATION_MASK = 0xffff;
  private static final int REMOVAL_POLICY_SHIFT = 16;
  private static final int REMOVAL_POLICY_MASK = 0x3;
  private static final int FAILURE_POLICY_SHIFT = 18;
  private static final VarHandle NEXT_HOPS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle GENERATIONS = MethodHandles.arrayElementVarHandle(int[].class);

  /** The MAC address in the low 48 bits, the number of the link above. */
  private final long[] nextHops;

  private final MacSet servers = new MacSet();

  /** One more than the largest slot that has been resolved; the resolving event loop's alone. */
  private int resolved;

  private final int maximumServers;

  /** The generation in the low 16 bits, the policies of the slot's flows above. */
  private final int[] generations;

  /**
   * Creates slots 0 to {@code count - 1}, all unresolved.
   *
   * @throws IllegalArgumentException if {@code count} is not within 1 to {@link #MAXIMUM}
   */
  public Slots(int count) {
    this(count, count);
  }

  /**
   * Creates slots 0 to {@code count - 1}, all unresolved: a server of two services takes two.
   *
   * @param count how many pairs of a service and a server there may be
   * @param maximumServers how many servers there may be, by their addresses
   * @throws IllegalArgumentException if {@code count} is not within 1 to {@link #MAXIMUM}
   */
  public Slots(int count, int maximumServers) {
    if (count < 1 || count > MAXIMUM) {
      throw new IllegalArgumentException("slots: " + count + " (expected: 1 to " + MAXIMUM + ")");
    }
    this.maximumServers = maximumServers;
    this.nextHops = new long[count];
    this.generations = new int[count];
    Arrays.fill(nextHops, UNRESOLVED);
  }

  /** Returns how many slots there are. */
  public int count() {
    return nextHops.length;
  }

  /** Returns how many servers there may be, by their addresses. */
  public int maximumServers() {
    return maximumServers;
  }

  /** Returns the MAC address of the slot's server in the low 48 bits, or {@link #UNRESOLVED}. */
  public long mac(int slot) {
    long nextHop = nextHop(slot);
    return nextHop == UNRESOLVED ? UNRESOLVED : nextHop & MAC_MASK;
  }

  /**
   * Returns where the slot's server is, which {@link #mac(long)} and {@link #link} take apart, or
   * {@link #UNRESOLVED}: both of one moment.
   */
  public long nextHop(int slot) {
    return (long) NEXT_HOPS.getAcquire(nextHops, slot);
  }

  /** Returns the MAC address of a next hop that is not {@link #UNRESOLVED}. */
  public static long mac(long nextHop) {
    return nextHop & MAC_MASK;
  }

  /** Returns the number of the link of a next hop that is not {@link #UNRESOLVED}. */
  public static int link(long nextHop) {
    return (int) (nextHop >>> LINK_SHIFT);
  }

  /**
   * Sets the MAC address of the slot's server on the first link, or {@link #UNRESOLVED}. The
   * resolving event loop.
   */
  public void mac(int slot, long mac) {
    nextHop(slot, 0, mac);
  }

  /**
   * Sets the link and the MAC address of the slot's server. The resolving event loop.
   *
   * @param slot whose
   * @param link the number of the link, 0 to {@link #MAXIMUM_LINKS}{@code - 1}
   * @param mac the address, or {@link #UNRESOLVED}
   */
  public void nextHop(int slot, int link, long mac) {
    if (set(slot, link, mac)) {
      servers.of(nextHops, resolved, mac);
    }
  }

  /**
   * Sets the link and the MAC address of a server that has several slots, or of servers that give
   * theirs up: at the cost of one look at all slots, not of one for each. The resolving event loop.
   *
   * @param several whose
   * @param link the number of the link, 0 to {@link #MAXIMUM_LINKS}{@code - 1}
   * @param mac the address, or {@link #UNRESOLVED}
   */
  public void nextHop(int[] several, int link, long mac) {
    boolean left = false;
    for (int slot : several) {
      left |= set(slot, link, mac);
    }
    if (left) {
      servers.of(nextHops, resolved, mac);
    }
  }

  /** Sets where a slot's server is; returns whether it was elsewhere before. */
  private boolean set(int slot, int link, long mac) {
    if (link < 0 || link >= MAXIMUM_LINKS) {
      throw new IllegalArgumentException(
          "link: " + link + " (expected: 0 to " + (MAXIMUM_LINKS - 1) + ")");
    }
    long before = nextHops[slot];
    long now = mac == UNRESOLVED ? UNRESOLVED : (long) link << LINK_SHIFT | mac;
    if (before == now) {
      return false;
    }
    resolved = Math.max(resolved, slot + 1);
    // The guard against loops has to know an address before a frame goes there.
    if (mac != UNRESOLVED && !servers.add(mac)) {
      servers.of(nextHops, resolved, mac);
    }
    NEXT_HOPS.setRelease(nextHops, slot, now);
    return before != UNRESOLVED;
  }

  /**
   * Returns whether a MAC address is that of any slot's server; who has read one from {@link #mac}
   * finds it here too, until the slot has another.
   */
  public boolean isServer(long mac) {
    return servers.contains(mac);
  }

  /** Returns the slot's generation, 0 to 65535. */
  public int generation(int slot) {
    return word(slot) & GENERATION_MASK;
  }

  /**
   * Returns whether the flows of that generation of the slot stay with its server, which has
   * neither been removed nor failed; if not, the two policies say.
   */
  public boolean holds(int slot, int generation) {
    return word(slot) == generation;
  }

  /** Returns what becomes of the flows of the slot: {@link #KEEP}, or another of the codes. */
  public int removalPolicy(int slot) {
    return word(slot) >>> REMOVAL_POLICY_SHIFT & REMOVAL_POLICY_MASK;
  }

  /** Sets what becomes of the flows of the slot, one of the codes. Control thread. */
  public void removalPolicy(int slot, int code) {
    if (code < KEEP || code > EXPIRE) {
      throw new IllegalArgumentException("removal policy: " + code + " (expected: 0 to 2)");
    }
    int others = generations[slot] & ~(REMOVAL_POLICY_MASK << REMOVAL_POLICY_SHIFT);
    GENERATIONS.setOpaque(generations, slot, others | code << REMOVAL_POLICY_SHIFT);
  }

  /** Returns what the condition of the slot's server means for its flows, {@link #WORKS} first. */
  public int failurePolicy(int slot) {
    return word(slot) >>> FAILURE_POLICY_SHIFT;
  }

  /** Returns whether the slot's server is known to have failed. */
  public boolean isFailed(int slot) {
    int code = failurePolicy(slot);
    return code != WORKS && code != DRAINED;
  }

  /** Sets what the condition of the slot's server means for its flows. Control thread. */
  public void failurePolicy(int slot, int code) {
    if (code < WORKS || code > DRAINED) {
      throw new IllegalArgumentException("failure policy: " + code + " (expected: 0 to 5)");
    }
    int others = generations[slot] & ((1 << FAILURE_POLICY_SHIFT) - 1);
    GENERATIONS.setOpaque(generations, slot, others | code << FAILURE_POLICY_SHIFT);
  }

  /** Returns the failure policy of flows whose service rules so for all protocols. */
  static int failurePolicy(FailurePolicy policy) {
    return switch (policy) {
      case KEEP -> FAILED_KEEP;
      case MOVE -> FAILED_MOVE;
      case EXPIRE -> FAILED_EXPIRE;
    };
  }

  /** Returns the removal policy of flows whose service rules so. */
  public static int removalPolicy(FlowRemoval removal) {
    return switch (removal) {
      case KEEP -> KEEP;
      case MOVE -> MOVE;
      case EXPIRE -> EXPIRE;
    };
  }

  /** Returns the generation that the slot's next holder would be of. Control thread. */
  int nextGeneration(int slot) {
    return (generations[slot] + 1) & GENERATION_MASK;
  }

  /**
   * Begins a generation of the slot, whose flows stay; does nothing if that generation has begun.
   * When a change is published: one that is only tried begins none. Control thread.
   *
   * @param generation 0 to 65535
   */
  public void begin(int slot, int generation) {
    if ((generations[slot] & GENERATION_MASK) != generation) {
      GENERATIONS.setOpaque(generations, slot, generation);
    }
  }

  private int word(int slot) {
    return (int) GENERATIONS.getOpaque(generations, slot);
  }
}
