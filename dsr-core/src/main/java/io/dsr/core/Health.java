package io.dsr.core;

import static java.util.Objects.requireNonNull;

/**
 * What a health check found out about one real server of one service.
 *
 * @param state whether the server may take new flows
 * @param reason what the check saw, for people to read: one line of at most {@link #LONGEST_REASON}
 *     characters, perhaps empty. Control characters become spaces, and what is longer is cut. A
 *     reason that changes with every check, as one with a time in it, makes each check a change
 */
public record Health(State state, String reason) {

  /** The most characters of a reason. */
  public static final int LONGEST_REASON = 200;

  /** No check has said anything, or none is in charge any more: it counts as up. */
  public static final Health UNKNOWN = new Health(State.UNKNOWN, "");

  /** Whether a server may take new flows, as far as its health goes. */
  public enum State {
    /** No check has said anything: it may. */
    UNKNOWN,
    /** It may. */
    UP,
    /** It may not, and clients that persistence remembers are placed anew. Live flows stay. */
    DOWN
  }

  /** Puts the reason on one line. */
  public Health {
    requireNonNull(state, "state");
    String line = requireNonNull(reason, "reason").replaceAll("\\p{Cntrl}", " ").strip();
    reason = line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON) : line;
  }

  /** Returns that a server is up. */
  public static Health up(String reason) {
    return new Health(State.UP, reason);
  }

  /** Returns that a server is down. */
  public static Health down(String reason) {
    return new Health(State.DOWN, reason);
  }

  /** Returns {@code up}, or {@code down: connection refused}. */
  @Override
  public String toString() {
    String word =
        switch (state) {
          case UNKNOWN -> "unknown";
          case UP -> "up";
          case DOWN -> "down";
        };
    return reason.isEmpty() ? word : word + ": " + reason;
  }
}
