package io.dsr.core.frame;

/** The types of SCTP chunks that matter here (RFC 9260 section 3.2, RFC 4895 for the last). */
public final class SctpChunk {

  /** User data. */
  public static final int DATA = 0;

  /** Begins an association; alone in its packet. */
  public static final int INIT = 1;

  /** Answers {@link #INIT}; alone in its packet. */
  public static final int INIT_ACK = 2;

  /** Acknowledges data. */
  public static final int SACK = 3;

  /** Asks whether a path works. */
  public static final int HEARTBEAT = 4;

  /** Answers {@link #HEARTBEAT}. */
  public static final int HEARTBEAT_ACK = 5;

  /** Ends the association at once. */
  public static final int ABORT = 6;

  /** Begins an orderly end. */
  public static final int SHUTDOWN = 7;

  /** Answers {@link #SHUTDOWN}. */
  public static final int SHUTDOWN_ACK = 8;

  /** Reports an error. */
  public static final int ERROR = 9;

  /** Gives the state cookie back; data may follow in its packet. */
  public static final int COOKIE_ECHO = 10;

  /** Answers {@link #COOKIE_ECHO}; data may follow in its packet. */
  public static final int COOKIE_ACK = 11;

  /** Echoes explicit congestion notification. */
  public static final int ECNE = 12;

  /** Answers {@link #ECNE}. */
  public static final int CWR = 13;

  /** Answers {@link #SHUTDOWN_ACK}; alone in its packet. */
  public static final int SHUTDOWN_COMPLETE = 14;

  /** Authenticates the chunks behind it. */
  public static final int AUTHENTICATION = 15;

  private static final int BITS = 32;

  private SctpChunk() {}

  /** Returns the bit of a type in {@link SctpPacket#chunkTypes}, 0 for types over 31. */
  public static int bit(int type) {
    return type < BITS ? 1 << type : 0;
  }
}
