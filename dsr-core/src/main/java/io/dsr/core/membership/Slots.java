package io.dsr.core.membership;

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

  private static final int GENERATION_MASK = 0xffff;
  private static final VarHandle MACS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle GENERATIONS = MethodHandles.arrayElementVarHandle(int[].class);

  private final long[] macs;
  private final int[] generations;

  /**
   * Creates slots 0 to {@code count - 1}, all unresolved.
   *
   * @throws IllegalArgumentException if {@code count} is not within 1 to {@link #MAXIMUM}
   */
  public Slots(int count) {
    if (count < 1 || count > MAXIMUM) {
      throw new IllegalArgumentException("slots: " + count + " (expected: 1 to " + MAXIMUM + ")");
    }
    this.macs = new long[count];
    this.generations = new int[count];
    Arrays.fill(macs, UNRESOLVED);
  }

  /** Returns how many slots there are. */
  public int count() {
    return macs.length;
  }

  /** Returns the MAC address of the slot's server in the low 48 bits, or {@link #UNRESOLVED}. */
  public long mac(int slot) {
    return (long) MACS.getOpaque(macs, slot);
  }

  /**
   * Sets the MAC address of the slot's server, or {@link #UNRESOLVED}. The resolving event loop.
   */
  public void mac(int slot, long mac) {
    MACS.setOpaque(macs, slot, mac);
  }

  /** Returns the slot's generation, 0 to 65535. */
  public int generation(int slot) {
    return (int) GENERATIONS.getOpaque(generations, slot);
  }

  /** Begins the slot's next generation, and returns it. Control thread. */
  int nextGeneration(int slot) {
    int next = (generations[slot] + 1) & GENERATION_MASK;
    GENERATIONS.setOpaque(generations, slot, next);
    return next;
  }
}
