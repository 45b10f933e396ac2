package io.dsr.core.flow;

/** {@link CloseDetection} in ticks, as a table asks it. Immutable. */
final class CloseRules {

  private static final int SERVERS_FIN = 1;
  private static final int FIN_WAIT = TcpState.FIN_WAIT.code();
  private static final int SYN_RECEIVED = TcpState.SYN_RECEIVED.code();

  private final int handshake;
  private final int stalled;
  private final int closing;
  private final int idle;

  CloseRules(CloseDetection rules) {
    this.handshake = FlowTimes.inTicks(rules.handshake());
    this.stalled = FlowTimes.inTicks(rules.stalled());
    this.closing = FlowTimes.inTicks(rules.closing());
    this.idle = FlowTimes.inTicks(rules.idle());
  }

  /** Returns after how many ticks of silence a flow that counts does so no longer. */
  int silence(int state, int resent) {
    if (state == FIN_WAIT) {
      return closing;
    }
    if (state == SYN_RECEIVED) {
      return handshake << resent;
    }
    return resent == 0 ? idle : Math.min(idle, stalled << resent);
  }

  /**
   * Returns whether a TCP flow counts after a segment.
   *
   * @param state the code of its state after the segment
   * @param acknowledged by how much the segment's acknowledgement was newer
   * @param counted whether it counted before
   */
  boolean isLoad(int state, int tcpFlags, int acknowledged, int resent, boolean counted) {
    if ((tcpFlags & TcpState.RST) != 0) {
      return false;
    }
    if (FlowTable.ACTIVE[state]) {
      return resent < CloseDetection.STALLED;
    }
    if (state != FIN_WAIT || (tcpFlags & TcpState.FIN) != 0) {
      return false;
    }
    return acknowledged > SERVERS_FIN || counted;
  }
}
