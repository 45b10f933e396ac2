package io.dsr.rules;

import io.dsr.core.Admission;
import io.dsr.core.FlowTimeouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
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

  /** What some editors write in front of a text: the byte order mark. */
  private static final String MARK = "\ufeff";

  private final Names names;
  private final IntFunction<String> where;
  private final RuleLines lines = new RuleLines();
  private final TreeMap<Integer, String> faults = new TreeMap<>();
  private boolean begun;
  private boolean together;
  private @Nullable FlowTimeouts timeouts;
  private @Nullable Admission admission;

  private RulesParser(Names names, IntFunction<String> where) {
    this.names = names;
    this.where = where;
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

  /**
   * Returns what the lines say, if a balancer can have all of it: no real server is the VIP of
   * another service, and no client is pinned to a server that its service does not have.
   *
   * @param file what the text is called in messages
   * @throws RulesException if any line is wrong by itself or beside the others, with the first
   *     twenty that are
   */
  public static Rules parseForBalancer(String file, List<String> lines) throws RulesException {
    return parse(file, lines, Names.ofSystem(), /* together= */ true);
  }

  static Rules parse(String file, List<String> lines, Names names) throws RulesException {
    return parse(file, lines, names, /* together= */ false);
  }

  private static Rules parse(String file, List<String> lines, Names names, boolean together)
      throws RulesException {
    var parser = new RulesParser(names, number -> file + ":" + number);
    parser.together = together;
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
    var parser = new RulesParser(Names.ofSystem(), number -> "line " + number);
    parser.read(lines);
    return parser.faults;
  }

  private Rules read(List<String> text) {
    for (int number = 1; number <= text.size(); number++) {
      int at = number;
      String line = text.get(at - 1);
      attempt(at, () -> line(at, at == 1 && line.startsWith(MARK) ? line.substring(1) : line));
    }
    var services = new RuleServices(timeouts == null ? FlowTimeouts.DEFAULT : timeouts, where);
    lines.marked().forEach(services::mark);
    lines.inOrder().forEach((at, line) -> attempt(at, () -> line.addTo(services)));
    lines.services().forEach((at, rule) -> attempt(at, () -> services.addSorryServers(at, rule)));
    if (together) {
      services.check(faults::putIfAbsent);
    }
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
    boolean ipvsadm = command.equals("ipvsadm") || command.endsWith("/ipvsadm");
    if (ipvsadm && !words.isEmpty()) { // as ipvsadm -R takes it, and scripts have it
      command = words.take();
    }
    if (!begun && words.isEmpty() && (command.equals("-C") || command.equals("--clear"))) {
      return; // a file begins with no rules anyway
    }
    begun = true;
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
