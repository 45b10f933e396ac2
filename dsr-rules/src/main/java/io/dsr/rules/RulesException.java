package io.dsr.rules;

import java.util.List;

/** Rules that cannot be taken: each fault with its file, its line and what was expected. */
public final class RulesException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Each fault, as it is shown. */
  private final transient List<String> faults;

  RulesException(List<String> faults) {
    super(String.join("\n", faults));
    this.faults = List.copyOf(faults);
  }

  /** Returns the faults, at most twenty, in the order of their lines. */
  public List<String> faults() {
    return faults;
  }
}
