package io.dsr.rules;

import io.dsr.core.ServiceKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The lines of a file, each understood by itself. */
final class RuleLines {

  private final TreeMap<Integer, Line> lines = new TreeMap<>();
  private final Map<Integer, ServiceRule> services = new LinkedHashMap<>();
  private final Map<FirewallMark, List<ServiceKey>> marked = new LinkedHashMap<>();

  /** What a line adds to the services. */
  @FunctionalInterface
  interface Line {

    void addTo(RuleServices services) throws RuleError;
  }

  void service(int number, ServiceRule rule, Tokens words) throws RuleError {
    try {
      rule.parse(words);
    } catch (RuleError | IllegalArgumentException fault) {
      lines.put(-number, into -> into.refuse(rule.name())); // before all others
      throw fault;
    }
    services.put(number, rule);
    lines.put(number, into -> into.add(number, rule));
  }

  void server(int number, ServerRule rule, Tokens words) throws RuleError {
    rule.parse(words);
    lines.put(number, into -> into.add(number, rule));
  }

  /** Reads the rest of a line {@code --fwmark MARK -t VIP:PORT ...}. */
  void mark(ServiceName name, Tokens words) throws RuleError {
    String expected = "--fwmark MARK -t VIP:PORT -u VIP:PORT ..., which lists the marked services";
    long mark = FirewallMark.number(words.argument("--fwmark", expected));
    while (!words.isEmpty()) {
      String option = words.take();
      if (!name.option(option, words) || name.mark().isPresent()) {
        throw new RuleError("\"" + option + "\" after --fwmark", expected);
      }
    }
    name.requirePorts();
    if (name.keys().isEmpty()) {
      throw new RuleError("--fwmark " + mark + " without a virtual service", expected);
    }
    for (ServiceKey key : name.keys()) {
      marked
          .computeIfAbsent(new FirewallMark(mark, key.isIpv6()), any -> new ArrayList<>())
          .add(key);
    }
  }

  /** Returns what adds to the services, by the number of its line. */
  Map<Integer, Line> inOrder() {
    return lines;
  }

  /** Returns the lines of services, by their numbers. */
  Map<Integer, ServiceRule> services() {
    return services;
  }

  /** Returns what bears which mark. */
  Map<FirewallMark, List<ServiceKey>> marked() {
    return marked;
  }
}
