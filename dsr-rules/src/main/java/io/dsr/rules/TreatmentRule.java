package io.dsr.rules;

import io.dsr.core.AccessList;
import io.dsr.core.FlowRemoval;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.FlowTracking;
import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The options by which a service treats its clients and its flows. */
final class TreatmentRule {

  private final List<IpPrefix> allowed = new ArrayList<>();
  private final List<IpPrefix> denied = new ArrayList<>();
  private FlowTracking tracking = FlowTracking.TRACKED;
  private Map<String, String> timeouts = Map.of();
  private FlowRemoval removal = FlowRemoval.KEEP;
  private int minimumServers = 1;
  private @Nullable SourceLimits limits;

  /** Takes an option, or returns false for one of another kind. */
  boolean option(String option, Tokens words) throws RuleError {
    switch (option) {
      case "--allow" -> prefixes(option, words, allowed);
      case "--deny" -> prefixes(option, words, denied);
      case "-o", "--ops" -> tracking(FlowTracking.ONE_PACKET, words);
      case "--sessionless" -> tracking(FlowTracking.SESSIONLESS, words);
      case "--timeout" ->
          timeouts = TimeoutRule.parse(words.onlyArgument(option, option, "NAME=TIME"));
      case "--on-removal" ->
          removal = removal(words.onlyArgument(option, option, "keep, move or expire"));
      case "--minimum-servers" ->
          minimumServers =
              Endpoint.number(
                  words.onlyArgument(option, option, "1 or more"), 1, Integer.MAX_VALUE, option);
      case "--limit" -> limits = LimitRule.limits(words.onlyArgument(option, option, "NAME=VALUE"));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Returns the rules, over the times that the file sets for all services. */
  ServiceRules rules(FlowTimeouts base) throws RuleError {
    return new ServiceRules(
        new AccessList(allowed, denied),
        tracking,
        TimeoutRule.apply(timeouts, base),
        removal,
        minimumServers,
        Optional.ofNullable(limits));
  }

  private void tracking(FlowTracking kind, Tokens words) throws RuleError {
    words.once("-o or --sessionless");
    tracking = kind;
  }

  private static FlowRemoval removal(String text) throws RuleError {
    return switch (text) {
      case "keep" -> FlowRemoval.KEEP;
      case "move" -> FlowRemoval.MOVE;
      case "expire" -> FlowRemoval.EXPIRE;
      default -> throw new RuleError("--on-removal \"" + text + "\"", "keep, move or expire");
    };
  }

  private static void prefixes(String option, Tokens words, List<IpPrefix> to) throws RuleError {
    String expected = "client networks, such as 10.0.0.0/8,192.0.2.1";
    for (String text : words.argument(option, expected).split(",", -1)) {
      try {
        to.add(IpPrefix.parse(text));
      } catch (IllegalArgumentException e) {
        throw new RuleError(option + " \"" + text + "\": " + e.getMessage(), expected);
      }
    }
  }
}
