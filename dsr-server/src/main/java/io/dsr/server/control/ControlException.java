package io.dsr.server.control;

/** Why a request was not done: in words for whoever asked. */
public final class ControlException extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean usage;

  private ControlException(boolean usage, String message, Throwable cause) {
    super(message, cause);
    this.usage = usage;
  }

  private ControlException(boolean usage, String message) {
    super(message);
    this.usage = usage;
  }

  /** Returns that something was asked wrongly. */
  public static ControlException usage(String message) {
    return new ControlException(true, message);
  }

  /** Returns that something was asked wrongly, {@code "what: given (expected: ...)"}. */
  public static ControlException usage(String what, String given, String expected) {
    return usage(what + ": \"" + given + "\" (expected: " + expected + ")");
  }

  /** Returns that it was asked rightly, but could not be done. */
  public static ControlException failed(String message) {
    return new ControlException(false, message);
  }

  /** Returns that it was asked rightly, but could not be done. */
  public static ControlException failed(String message, Throwable cause) {
    return new ControlException(false, message, cause);
  }

  /** Returns that it was asked as {@code usage} tells, but not done. */
  static ControlException of(boolean usage, String message) {
    return new ControlException(usage, message);
  }

  /** Returns whether it was asked wrongly. */
  public boolean isUsage() {
    return usage;
  }
}
