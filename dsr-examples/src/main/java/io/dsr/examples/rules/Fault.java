package io.dsr.examples.rules;

/** What is wrong with one line; the parser adds where. */
final class Fault extends Exception {

  private static final long serialVersionUID = 1L;

  Fault(String what, String expected) {
    super(what + " (expected: " + expected + ")");
  }

  private Fault(String message) {
    super(message);
  }

  /** Returns the refusal of an option that ipvsadm has and this version has not. */
  static Fault notCarried(String option, String meaning) {
    return new Fault(option + " (" + meaning + ") is not carried by this version");
  }

  static Fault of(IllegalArgumentException cause) {
    return new Fault(String.valueOf(cause.getMessage()));
  }
}
