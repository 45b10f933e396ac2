package io.dsr.core;

import static java.util.Objects.requireNonNull;

/**
 * The result of a health check of one real server of one service.
 *
 * @param state whether the server may take new flows
 * @param reason what the check saw, for people to read: one line of at most {@link #LONGEST_REASON}
 *     characters, perhaps empty. Control characters become spaces, and what is longer is cut. A
 *     reason that changes with every check, as one with a time in it, makes each check a change
 */
public record Health(State state, String reason) {

  /** The most characters of a reason. */
  public static final int LONGEST_REASON = 200;

  /** No check has reported, or none is in charge any more: the server counts as up. */
  public static final Health UNKNOWN = new Health(State.UNKNOWN, "");

  /** Whether a server may take new flows, as far as its health goes. */
  public enum State {
    /** No check has reported: it may. */
    UNKNOWN,
    /** It may. */
    UP,
    /** It may not, and its persistent clients go to other servers. Live flows stay. */
    DOWN
  }

  /** Puts the reason on one line. */
  public Health {
    requireNonNull(state, "state");
    String line = requireNonNull(reason, "reason").replaceAll("\\p{Cntrl}", " ").strip();
    reason = line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON) : line;
  }

  /** Returns the result for a server that is up. */
  public static Health up(String reason) {
    return new Health(State.UP, reason);
  }

  /** Returns the result for a server that is down. */
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
