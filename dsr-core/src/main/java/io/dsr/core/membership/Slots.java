package io.dsr.core.membership;

import io.dsr.core.FlowRemoval;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What forwarding threads need to know of each server slot: whose it is now, where its frames go,
 * and what becomes of its flows.
 *
 * <p>Arrays with one writer each: generations and fates are written by the control thread, MAC
 * addresses by the event loop that resolves them. Any thread may read; each word is whole.
 */
public final class Slots {

  /** The largest number of slots: a flow record keeps a slot in sixteen bits. */
  public static final int MAXIMUM = 65_536;

  /** In place of a MAC address that is not known. */
  public static final long UNRESOLVED = -1;

  /** The fate of flows that go on until they end. */
  public static final int KEEP = 0;

  /** The fate of flows that are placed anew with their next frame. */
  public static final int MOVE = 1;

  /** The fate of flows that are forgotten with their next frame, which is dropped. */
  public static final int EXPIRE = 2;

  private static final int GENERATION_MASK = 0xffff;
  private static final VarHandle MACS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle GENERATIONS = MethodHandles.arrayElementVarHandle(int[].class);

  private static final VarHandle FATES = MethodHandles.arrayElementVarHandle(byte[].class);

  private final long[] macs;
  private final int[] generations;
  private final byte[] fates;

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
    this.fates = new byte[count];
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

  /**
   * Returns what becomes of the flows of the slot's generation: {@link #KEEP}, {@link #MOVE} or
   * {@link #EXPIRE}.
   */
  public int fate(int slot) {
    return (byte) FATES.getOpaque(fates, slot);
  }

  /**
   * Sets what becomes of the flows of the slot's generation. Control thread, once the membership in
   * which the {@link Member#fate} is so has been published, and again when it is no longer so.
   *
   * @throws IllegalArgumentException if {@code code} is no fate
   */
  public void fate(int slot, int code) {
    if (code < KEEP || code > EXPIRE) {
      throw new IllegalArgumentException("fate: " + code + " (expected: 0 to 2)");
    }
    FATES.setOpaque(fates, slot, (byte) code);
  }

  /** Returns the fate of flows whose service rules so. */
  public static int fate(FlowRemoval removal) {
    return switch (removal) {
      case KEEP -> KEEP;
      case MOVE -> MOVE;
      case EXPIRE -> EXPIRE;
    };
  }

  /**
   * Begins the slot's next generation, whose flows are kept, and returns it. Control thread, while
   * nobody holds the slot.
   */
  int nextGeneration(int slot) {
    fate(slot, KEEP);
    int next = (generations[slot] + 1) & GENERATION_MASK;
    GENERATIONS.setOpaque(generations, slot, next);
    return next;
  }
}
