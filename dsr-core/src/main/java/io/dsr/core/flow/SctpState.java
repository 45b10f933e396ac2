package io.dsr.core.flow;

/**
 * The state of an SCTP association of which only the client's packets are seen.
 *
 * <p>States, transitions and timeouts are those of the Linux kernel's IPVS for one-way traffic (the
 * input-only rows of {@code net/netfilter/ipvs/ip_vs_proto_sctp.c}). One chunk of a packet decides,
 * see {@code io.dsr.core.frame.SctpPacket#decisiveChunkType}; types that the kernel has no column
 * for count as data there and here.
 *
 * <p>One-way traffic from {@link #NONE} reaches seven of the fourteen states: NONE, INIT1, INIT,
 * COOKIE_ECHOED, ESTABLISHED, SHUTDOWN_RECEIVED and CLOSED.
 */
public enum SctpState {
  /** No packet has been seen yet. */
  NONE(0, 2, false),
  /** The client's first INIT has come; forgotten soon, as the server may not have got it. */
  INIT1(1, 4, false),
  /** The client's INIT has come again. */
  INIT(2, 61, false),
  /** The server has answered with a cookie; never reached by one-way traffic. */
  COOKIE_SENT(3, 61, false),
  /** The client has given the cookie back; never reached by one-way traffic. */
  COOKIE_REPLIED(4, 61, false),
  /** The server began the association; never reached by one-way traffic. */
  COOKIE_WAIT(5, 61, false),
  /** The client has answered the server's INIT; never reached by one-way traffic. */
  COOKIE(6, 61, false),
  /** The client has answered an INIT of the server, which the balancer has not seen. */
  COOKIE_ECHOED(7, 61, false),
  /** The client has given the cookie back, or goes on in the midst of an association. */
  ESTABLISHED(8, 900, true),
  /** The server has shut down; never reached by one-way traffic. */
  SHUTDOWN_SENT(9, 61, false),
  /** The client has shut down. */
  SHUTDOWN_RECEIVED(10, 61, false),
  /** The server has acknowledged the end; never reached by one-way traffic. */
  SHUTDOWN_ACK_SENT(11, 61, false),
  /** The association was refused; never reached by one-way traffic. */
  REJECTED(12, 4, false),
  /** The association has ended. */
  CLOSED(13, 61, false);

  private static final int CODES = 16;
  private static final int CODE_BITS = 4;

  /** Chunk types from 0 to 14 have a row; all others share that of data. */
  private static final int TYPES = 15;

  private static final byte[] ON_DATA = {8, 1, 2, 3, 4, 8, 6, 7, 8, 9, 10, 11, 12, 13};
  private static final byte[] ON_INIT = {1, 2, 2, 2, 2, 2, 6, 7, 8, 9, 10, 11, 2, 2};
  private static final byte[] ON_INIT_ACK = {7, 7, 7, 7, 7, 7, 6, 7, 8, 9, 10, 11, 12, 13};
  private static final byte[] ON_COOKIE_ECHO = {8, 8, 8, 8, 8, 8, 6, 7, 8, 9, 10, 11, 12, 13};
  private static final byte[] ON_COOKIE_ACK = {8, 1, 2, 8, 8, 5, 8, 8, 8, 9, 10, 11, 12, 13};
  private static final byte[] ON_SHUTDOWN = {10, 1, 2, 3, 4, 5, 6, 7, 10, 9, 10, 11, 12, 13};
  private static final byte[] ON_SHUTDOWN_ACK = {13, 2, 2, 3, 4, 5, 6, 7, 13, 13, 10, 13, 12, 13};
  private static final byte[] ON_SHUTDOWN_COMPLETE = {
    13, 13, 13, 13, 13, 5, 6, 7, 8, 9, 13, 13, 12, 13
  };
  private static final byte[] ON_ERROR = {13, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  private static final byte[] ON_ABORT = {13, 13, 13, 13, 13, 12, 13, 13, 13, 13, 13, 13, 13, 13};

  private static final SctpState[] STATES = values();

  /** The next code for each chunk type that has a row, and each code. */
  private static final byte[] NEXT = transitions();

  private final int code;
  private final int timeoutSeconds;
  private final boolean active;

  SctpState(int code, int timeoutSeconds, boolean active) {
    this.code = code;
    this.timeoutSeconds = timeoutSeconds;
    this.active = active;
  }

  /**
   * Returns the state after a packet of the client.
   *
   * @param chunkType the type of the chunk that decides, 0 to 255
   */
  public SctpState next(int chunkType) {
    return STATES[next(code, chunkType)];
  }

  /** Returns how long an association in this state is remembered after its last packet, in s. */
  public int timeoutSeconds() {
    return timeoutSeconds;
  }

  /** Returns whether an association in this state counts as active, that is as load. */
  public boolean isActive() {
    return active;
  }

  /** Returns the number of this state in a record, 0 to 13, in the kernel's order. */
  int code() {
    return code;
  }

  /** Returns the state of a code. */
  static SctpState ofCode(int code) {
    return STATES[code];
  }

  /**
   * Returns the code that follows {@code code}, 0 to 15, after a packet of the client; codes that
   * are not a state's lead only to themselves.
   */
  static int next(int code, int chunkType) {
    int row = chunkType < TYPES ? chunkType : 0;
    return NEXT[(row << CODE_BITS) | code];
  }

  private static byte[] transitions() {
    byte[] next = new byte[TYPES << CODE_BITS];
    for (int type = 0; type < TYPES; type++) {
      byte[] row = row(type);
      for (int code = 0; code < CODES; code++) {
        next[(type << CODE_BITS) | code] = code < row.length ? row[code] : (byte) code;
      }
    }
    return next;
  }

  /** Returns the row of a chunk type (RFC 9260 section 3.2). */
  private static byte[] row(int chunkType) {
    return switch (chunkType) {
      case 1 -> ON_INIT;
      case 2 -> ON_INIT_ACK;
      case 6 -> ON_ABORT;
      case 7 -> ON_SHUTDOWN;
      case 8 -> ON_SHUTDOWN_ACK;
      case 9 -> ON_ERROR;
      case 10 -> ON_COOKIE_ECHO;
      case 11 -> ON_COOKIE_ACK;
      case 14 -> ON_SHUTDOWN_COMPLETE;
      default -> ON_DATA;
    };
  }
}
