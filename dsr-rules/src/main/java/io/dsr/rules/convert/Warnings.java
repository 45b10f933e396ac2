package io.dsr.rules.convert;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is not carried over, line by line. */
final class Warnings {

  private final String file;
  private final Set<Loss> warnings = new LinkedHashSet<>();

  /**
   * Creates the warnings of {@code file}.
   *
   * @param file what it is called in messages
   */
  Warnings(String file) {
    this.file = file;
  }

  private record Loss(int line, boolean changesTraffic, String what) {}

  /** Adds what changes which packets go to which server, or when. */
  void loss(int line, String what) {
    warnings.add(new Loss(line, true, what));
  }

  /** Adds what changes no packet's way. */
  void note(int line, String what) {
    warnings.add(new Loss(line, false, what));
  }

  /** Returns whether anything that is lost changes traffic. */
  boolean changeTraffic() {
    return warnings.stream().anyMatch(Loss::changesTraffic);
  }

  /** Returns one line each, {@code FILE:LINE: WHAT}, in the order of the lines. */
  List<String> lines() {
    return warnings.stream()
        .sorted(Comparator.comparingInt(Loss::line))
        .map(loss ->
            file + ":" + loss.line + ": " + (loss.changesTraffic ? "" : "note: ") + loss.what)
        .toList();
  }
}
