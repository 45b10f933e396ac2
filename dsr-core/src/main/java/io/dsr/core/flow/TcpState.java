package io.dsr.core.flow;

/**
 * The state of a TCP flow of which only the client's segments are seen.
 *
 * <p>States, transitions and timeouts are those of the Linux kernel's IPVS for one-way traffic (the
 * input-only rows of {@code net/netfilter/ipvs/ip_vs_proto_tcp.c}), which is the machine that
 * direct server return needs: the server's SYN, FIN and RST pass it by. Where a segment has several
 * flags, RST goes before SYN, SYN before FIN, and FIN before ACK.
 *
 * <p>There is one difference. A segment with none of the four flags, which no TCP sends, closes the
 * flow in the kernel; here it leaves the state as it is, so that a stranger gains nothing by it.
 */
public enum TcpState {
  /** No segment has been seen yet. */
  NONE(0, 2, false),
  /** The client has acknowledged something, or goes on in the midst of a connection. */
  ESTABLISHED(1, 900, true),
  /** The client's SYN was seen from behind the server; never reached by one-way traffic. */
  SYN_SENT(2, 120, true),
  /** The client's SYN has come, its first acknowledgement has not. */
  SYN_RECEIVED(3, 60, true),
  /** The client has sent its FIN: where a connection that ends in order is last seen. */
  FIN_WAIT(4, 120, false),
  /** The client has sent its FIN before it acknowledged anything. */
  TIME_WAIT(5, 120, false),
  /** The client has reset the connection, or began it with a FIN or a RST. */
  CLOSE(6, 10, false),
  /** The server closed first; never reached by one-way traffic. */
  CLOSE_WAIT(7, 60, false),
  /** Both sides closed; never reached by one-way traffic. */
  LAST_ACK(8, 30, false),
  /** The server listens; never reached by one-way traffic. */
  LISTEN(9, 120, false),
  /** The client's SYN arrived during a flood defense; no segment leads here yet. */
  SYN_ACK(10, 120, true);

  /** The FIN bit of a segment's flags. */
  public static final int FIN = 0x01;

  /** The SYN bit of a segment's flags. */
  public static final int SYN = 0x02;

  /** The RST bit of a segment's flags. */
  public static final int RST = 0x04;

  /** The ACK bit of a segment's flags. */
  public static final int ACK = 0x10;

  /** How many codes there is room for; those that are not a state's lead only to themselves. */
  static final int CODES = 16;

  private static final int FLAGS = 0x1f;
  private static final int CODE_BITS = 4;

  private static final byte[] ON_SYN = {3, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3};
  private static final byte[] ON_FIN = {6, 4, 2, 5, 4, 5, 6, 7, 8, 9, 5};
  private static final byte[] ON_ACK = {1, 1, 2, 1, 4, 5, 6, 7, 6, 9, 1};
  private static final byte[] ON_RST = {6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 6};

  private static final TcpState[] STATES = values();

  /** The next code for each combination of the five low flags, and each code. */
  private static final byte[] NEXT = transitions();

  private final int code;
  private final int timeoutSeconds;
  private final boolean active;

  TcpState(int code, int timeoutSeconds, boolean active) {
    this.code = code;
    this.timeoutSeconds = timeoutSeconds;
    this.active = active;
  }

  /**
   * Returns the state after a segment of the client.
   *
   * @param tcpFlags the segment's flags as in its header; bits other than {@link #FIN}, {@link
   *     #SYN}, {@link #RST} and {@link #ACK} do not matter
   */
  public TcpState next(int tcpFlags) {
    return STATES[next(code, tcpFlags)];
  }

  /** Returns how long a flow in this state is remembered after its last segment, in seconds. */
  public int timeoutSeconds() {
    return timeoutSeconds;
  }

  /** Returns whether a flow in this state counts as active, that is as load on its server. */
  public boolean isActive() {
    return active;
  }

  /** Returns the number of this state in a record, 0 to 10, in the kernel's order. */
  int code() {
    return code;
  }

  /** Returns the state of a code. */
  static TcpState ofCode(int code) {
    return STATES[code];
  }

  /** Returns the code that follows {@code code}, 0 to 15, after a segment of the client. */
  static int next(int code, int tcpFlags) {
    return NEXT[((tcpFlags & FLAGS) << CODE_BITS) | code];
  }

  private static byte[] transitions() {
    byte[] next = new byte[(FLAGS + 1) << CODE_BITS];
    for (int flags = 0; flags <= FLAGS; flags++) {
      for (int code = 0; code < CODES; code++) {
        next[(flags << CODE_BITS) | code] = transition(flags, code);
      }
    }
    return next;
  }

  private static byte transition(int flags, int code) {
    if (code >= STATES.length) {
      return (byte) code;
    }
    if ((flags & RST) != 0) {
      return ON_RST[code];
    }
    if ((flags & SYN) != 0) {
      return ON_SYN[code];
    }
    if ((flags & FIN) != 0) {
      return ON_FIN[code];
    }
    return (flags & ACK) != 0 ? ON_ACK[code] : (byte) code;
  }
}
