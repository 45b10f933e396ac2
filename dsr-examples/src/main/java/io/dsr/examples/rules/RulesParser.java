package io.dsr.examples.rules;

import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what {@code ipvsadm -S -n} prints, so that an LVS-DR set-up moves over as it is.
 *
 * <p>Every fault of a file is told at once, each as {@code FILE:LINE: what is wrong (expected: what
 * was)}; a file with a fault is refused whole.
 */
public final class RulesParser {

  private static final int MOST_FAULTS = 20;

  private final String file;
  private final Map<ServiceKey, VirtualService> services = new LinkedHashMap<>();
  private final Set<ServiceKey> refused = new HashSet<>();
  private final List<String> faults = new ArrayList<>();

  private RulesParser(String file) {
    this.file = file;
  }

  /**
   * Returns the services in the order of their lines.
   *
   * @param file what the text is called in messages
   * @throws RulesException if any line is wrong
   */
  public static List<VirtualService> parse(String file, List<String> lines) throws RulesException {
    var parser = new RulesParser(file);
    for (int number = 1; number <= lines.size(); number++) {
      parser.line(number, lines.get(number - 1));
    }
    if (!parser.faults.isEmpty()) {
      throw new RulesException(parser.faults);
    }
    return List.copyOf(parser.services.values());
  }

  private void line(int number, String line) {
    int comment = line.indexOf('#');
    String rule = (comment < 0 ? line : line.substring(0, comment)).strip();
    if (rule.isEmpty() || faults.size() == MOST_FAULTS) {
      return;
    }
    try {
      rule(new Words(rule));
    } catch (Fault fault) {
      faults.add(file + ":" + number + ": " + fault.getMessage());
    }
  }

  private void rule(Words words) throws Fault {
    String command = words.take();
    switch (command) {
      case "-A", "--add-service" -> addService(words);
      case "-a", "--add-server" -> add(ServerRule.parse(words));
      default -> throw Refusals.ofCommand(command);
    }
  }

  private void addService(Words words) throws Fault {
    var rule = new ServiceRule();
    try {
      add(rule.parse(words));
    } catch (Fault fault) {
      rule.key().ifPresent(refused::add);
      throw fault;
    }
  }

  private void add(VirtualService service) throws Fault {
    if (services.putIfAbsent(service.key(), service) != null) {
      throw new Fault(service.key() + " is given twice", "each virtual service once");
    }
  }

  private void add(ServerRule rule) throws Fault {
    VirtualService service = services.get(rule.service());
    if (service == null && refused.contains(rule.service())) {
      return; // the line of its service is at fault, and told
    }
    if (service == null) {
      throw new Fault(
          "real server of " + rule.service() + ", which is not a service",
          "a line -A for it above");
    }
    try {
      services.put(service.key(), service.realServer(rule.server()));
    } catch (IllegalArgumentException e) {
      throw Fault.of(e);
    }
  }
}
