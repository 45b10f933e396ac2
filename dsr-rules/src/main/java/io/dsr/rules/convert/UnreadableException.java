package io.dsr.rules.convert;

/** A file that is not of the form it is said to be; the message begins with the line. */
public final class UnreadableException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  /** Creates it for a line, from 1. */
  UnreadableException(int line, String what, String expected) {
    super(line + ": " + what + " (expected: " + expected + ")");
    this.reason = what + " (expected: " + expected + ")";
  }

  /** Returns the message without the line. */
  String reason() {
    return reason;
  }
}
