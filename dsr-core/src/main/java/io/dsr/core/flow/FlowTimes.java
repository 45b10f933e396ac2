package io.dsr.core.flow;

import io.dsr.core.FlowTimeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * How long the flows of each server slot are remembered in each state, in ticks.
 *
 * <p>Services with the same timeouts share a class, and a slot knows its class by a byte. A kernel
 * fast path needs the same two arrays. Event loop only.
 */
public final class FlowTimes {

  /** The most different timeouts at a time, {@link FlowTimeouts#DEFAULT} among them. */
  public static final int CLASSES = 256;

  private static final int CODE_BITS = 5;

  private final byte[] classes;
  private final List<FlowTimeouts> known = new ArrayList<>();
  private int[] ticks;

  /** Creates the times of IPVS for {@code slots} slots. */
  public FlowTimes(int slots) {
    this.classes = new byte[slots];
    this.ticks = new int[0];
    classOf(FlowTimeouts.DEFAULT, any -> true);
  }

  /**
   * Sets the times of a slot's flows, from their next frame on.
   *
   * @throws IllegalArgumentException if there are more than 256 different timeouts
   */
  public void assign(int slot, FlowTimeouts timeouts) {
    assign(slot, timeouts, any -> true);
  }

  /**
   * Sets the times of a slot's flows, from their next frame on. Timeouts of slots that nobody uses
   * make room for new ones.
   *
   * @param inUse whether a slot has a server or flows
   * @throws IllegalArgumentException if slots in use have 256 others already
   */
  public void assign(int slot, FlowTimeouts timeouts, IntPredicate inUse) {
    classes[slot] = (byte) classOf(timeouts, inUse);
  }

  /** Gives a slot the default times, so that its own make room for others. */
  public void release(int slot) {
    classes[slot] = 0;
  }

  /** Returns the ticks in which a flow of the slot in that state is forgotten. */
  int ticks(int slot, int code) {
    return ticks[((classes[slot] & 0xff) << CODE_BITS) | code];
  }

  private int classOf(FlowTimeouts timeouts, IntPredicate inUse) {
    int found = known.indexOf(timeouts);
    if (found >= 0) {
      return found;
    }
    int fresh = known.size() < CLASSES ? known.size() : unused(inUse);
    if (fresh == known.size()) {
      known.add(timeouts);
      ticks = Arrays.copyOf(ticks, (fresh + 1) << CODE_BITS);
    } else {
      known.set(fresh, timeouts);
    }
    for (int code = 0; code < FlowState.CODES; code++) {
      ticks[(fresh << CODE_BITS) | code] = inTicks(of(timeouts, code));
    }
    return fresh;
  }

  /** Returns a class, not the default one, that no slot in use has. */
  private int unused(IntPredicate inUse) {
    var taken = new BitSet(CLASSES);
    taken.set(0);
    for (int slot = 0; slot < classes.length; slot++) {
      int code = classes[slot] & 0xff;
      if (!taken.get(code) && inUse.test(slot)) {
        taken.set(code);
      }
    }
    int free = taken.nextClearBit(0);
    if (free >= CLASSES) {
      throw new IllegalArgumentException(
          "timeouts: more than " + CLASSES + " different sets (expected: fewer)");
    }
    return free;
  }

  private static Duration of(FlowTimeouts timeouts, int code) {
    if (FlowState.isTcp(code)) {
      return ofTcp(timeouts, TcpState.ofCode(code));
    }
    if (FlowState.isSctp(code)) {
      SctpState state = SctpState.ofCode(code - FlowState.SCTP);
      return switch (state) {
        case ESTABLISHED -> timeouts.sctpEstablished();
        case NONE, INIT1, REJECTED -> Duration.ofSeconds(state.timeoutSeconds());
        default -> timeouts.sctpClosing();
      };
    }
    return code == FlowState.UDP ? timeouts.udp() : timeouts.other();
  }

  private static Duration ofTcp(FlowTimeouts timeouts, TcpState state) {
    return switch (state) {
      case ESTABLISHED -> timeouts.established();
      case SYN_RECEIVED -> timeouts.synReceived();
      case FIN_WAIT -> timeouts.finWait();
      case TIME_WAIT -> timeouts.timeWait();
      case CLOSE -> timeouts.close();
      default -> Duration.ofSeconds(state.timeoutSeconds());
    };
  }

  /** Returns a time in ticks, rounded up. */
  static int inTicks(Duration time) {
    return Math.toIntExact(
        (time.toNanos() + (1L << FlowTracker.TICK_BITS) - 1) >> FlowTracker.TICK_BITS);
  }
}
