package io.dsr.examples.rules;

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
  private final Map<Mark, List<ServiceKey>> marked = new LinkedHashMap<>();

  /** What a line adds to the services. */
  @FunctionalInterface
  interface Line {

    void addTo(RuleServices services) throws Fault;
  }

  void service(int number, ServiceRule rule, Words words) throws Fault {
    try {
      rule.parse(words);
    } catch (Fault | IllegalArgumentException fault) {
      lines.put(-number, into -> into.refuse(rule.name())); // before all others
      throw fault;
    }
    services.put(number, rule);
    lines.put(number, into -> into.add(rule));
  }

  void server(int number, ServerRule rule, Words words) throws Fault {
    rule.parse(words);
    lines.put(number, into -> into.add(rule));
  }

  /** Reads the rest of a line {@code --fwmark MARK -t VIP:PORT ...}. */
  void mark(ServiceName name, Words words) throws Fault {
    String expected = "--fwmark MARK -t VIP:PORT -u VIP:PORT ...: what bears the mark";
    long mark = Mark.number(words.argument("--fwmark", expected));
    while (!words.isEmpty()) {
      String option = words.take();
      if (!name.option(option, words) || name.mark().isPresent()) {
        throw new Fault("\"" + option + "\" behind --fwmark", expected);
      }
    }
    name.requirePorts();
    if (name.keys().isEmpty()) {
      throw new Fault("--fwmark " + mark + " without a virtual service", expected);
    }
    for (ServiceKey key : name.keys()) {
      marked.computeIfAbsent(new Mark(mark, key.isIpv6()), any -> new ArrayList<>()).add(key);
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
  Map<Mark, List<ServiceKey>> marked() {
    return marked;
  }
}
