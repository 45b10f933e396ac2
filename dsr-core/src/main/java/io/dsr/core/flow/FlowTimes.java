package io.dsr.core.flow;

import io.dsr.core.FlowTimeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long the flows of each server slot are remembered in each state, in ticks.
 *
 * <p>Services with the same timeouts share a class, and a slot knows its class by a byte. A kernel
 * fast path needs the same two arrays. Event loop only.
 */
public final class FlowTimes {

  private static final int CLASSES = 256;
  private static final int CODE_BITS = 5;

  private final byte[] classes;
  private final List<FlowTimeouts> known = new ArrayList<>();
  private int[] ticks;

  /** Creates the times of IPVS for {@code slots} slots. */
  public FlowTimes(int slots) {
    this.classes = new byte[slots];
    this.ticks = new int[0];
    classOf(FlowTimeouts.DEFAULT);
  }

  /**
   * Sets the times of a slot's flows, from their next frame on.
   *
   * @throws IllegalArgumentException if there are more than 256 different timeouts
   */
  public void assign(int slot, FlowTimeouts timeouts) {
    classes[slot] = (byte) classOf(timeouts);
  }

  /** Returns the ticks in which a flow of the slot in that state is forgotten. */
  int ticks(int slot, int code) {
    return ticks[((classes[slot] & 0xff) << CODE_BITS) | code];
  }

  private int classOf(FlowTimeouts timeouts) {
    int found = known.indexOf(timeouts);
    if (found >= 0) {
      return found;
    }
    if (known.size() == CLASSES) {
      throw new IllegalArgumentException(
          "timeouts: more than " + CLASSES + " different ones (expected: fewer)");
    }
    int fresh = known.size();
    known.add(timeouts);
    ticks = Arrays.copyOf(ticks, (fresh + 1) << CODE_BITS);
    for (int code = 0; code < FlowState.CODES; code++) {
      ticks[(fresh << CODE_BITS) | code] = inTicks(of(timeouts, code));
    }
    return fresh;
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
