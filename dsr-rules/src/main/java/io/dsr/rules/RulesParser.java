package io.dsr.rules;

import io.dsr.core.Admission;
import io.dsr.core.FlowTimeouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code ipvsadm -S} prints, with {@code -n} or without, so that an LVS-DR set-up moves
 * over as it is, and the same lines with the options that dsr has besides.
 *
 * <p>All faults of a file are reported at once, each as {@code FILE:LINE: what is wrong (expected:
 * what was)}; a file with a fault is refused whole.
 */
public final class RulesParser {

  private static final int MOST_FAULTS = 20;

  private final Names names;
  private final RuleLines lines = new RuleLines();
  private final TreeMap<Integer, String> faults = new TreeMap<>();
  private @Nullable FlowTimeouts timeouts;
  private @Nullable Admission admission;

  private RulesParser(Names names) {
    this.names = names;
  }

  /**
   * Returns what the lines say.
   *
   * @param file what the text is called in messages
   * @throws RulesException if any line is wrong, with the first twenty that are
   */
  public static Rules parse(String file, List<String> lines) throws RulesException {
    return parse(file, lines, Names.ofSystem());
  }

  static Rules parse(String file, List<String> lines, Names names) throws RulesException {
    var parser = new RulesParser(names);
    Rules rules = parser.read(lines);
    if (!parser.faults.isEmpty()) {
      List<String> told = new ArrayList<>();
      parser.faults.forEach((number, fault) -> told.add(file + ":" + number + ": " + fault));
      throw new RulesException(told.subList(0, Math.min(MOST_FAULTS, told.size())));
    }
    return rules;
  }

  /** Returns what is wrong with which lines, by their numbers, the first of which is 1. */
  public static SortedMap<Integer, String> faults(List<String> lines) {
    var parser = new RulesParser(Names.ofSystem());
    parser.read(lines);
    return parser.faults;
  }

  private Rules read(List<String> text) {
    for (int number = 1; number <= text.size(); number++) {
      int at = number;
      attempt(at, () -> line(at, text.get(at - 1)));
    }
    var services = new RuleServices(timeouts == null ? FlowTimeouts.DEFAULT : timeouts);
    lines.marked().forEach(services::mark);
    lines.inOrder().forEach((at, line) -> attempt(at, () -> line.addTo(services)));
    lines.services().forEach((at, rule) -> attempt(at, () -> services.addSorryServers(rule)));
    return new Rules(services.all(), Optional.ofNullable(admission));
  }

  private void line(int number, String line) throws RuleError {
    int comment = line.indexOf('#');
    String text = (comment < 0 ? line : line.substring(0, comment)).strip();
    if (text.isEmpty()) {
      return;
    }
    var words = new Tokens(text);
    String command = words.take();
    if (command.equals("ipvsadm") && !words.isEmpty()) { // as ipvsadm -R takes it
      command = words.take();
    }
    switch (command) {
      case "-A", "--add-service" -> lines.service(number, new ServiceRule(names), words);
      case "-a", "--add-server" -> lines.server(number, new ServerRule(names), words);
      case "--fwmark" -> lines.mark(new ServiceName(names), words);
      case "--set" -> {
        only(timeouts, command);
        timeouts = TimeoutRule.set(words);
      }
      case "--defence" -> {
        only(admission, command);
        admission = LimitRule.admission(words);
      }
      default -> throw UnsupportedOptions.ofCommand(command);
    }
  }

  private static void only(@Nullable Object given, String command) throws RuleError {
    if (given != null) {
      throw new RuleError("a second " + command + " line", "one per file");
    }
  }

  private void attempt(int number, Step step) {
    if (faults.containsKey(number)) {
      return;
    }
    try {
      step.run();
    } catch (RuleError fault) {
      faults.put(number, String.valueOf(fault.getMessage()));
    } catch (IllegalArgumentException fault) {
      faults.put(number, String.valueOf(fault.getMessage()));
    }
  }

  @FunctionalInterface
  private interface Step {

    void run() throws RuleError;
  }
}
