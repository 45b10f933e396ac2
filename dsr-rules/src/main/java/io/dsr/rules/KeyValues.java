package io.dsr.rules;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code NAME=VALUE,NAME=VALUE}. */
final class KeyValues {

  private KeyValues() {}

  /** Returns the values by their names, each of them one of {@code names}. */
  static Map<String, String> parse(String option, String text, List<String> names)
      throws RuleError {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      if (equals < 0 || !names.contains(name)) {
        throw new RuleError(
            option + " \"" + pair + "\"", "NAME=VALUE with one of " + String.join(", ", names));
      }
      if (pairs.put(name, pair.substring(equals + 1)) != null) {
        throw new RuleError(option + " " + name + " is given twice", "each name once");
      }
    }
    return pairs;
  }

  /** Reads {@code IPV4-BITS/IPV6-BITS}. */
  static int[] prefixes(String text, String what) throws RuleError {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new RuleError(what + " \"" + text + "\"", "IPV4-BITS/IPV6-BITS, such as 32/64");
    }
    return new int[] {
      Endpoint.number(text.substring(0, slash), 1, 32, what + " for IPv4"),
      Endpoint.number(text.substring(slash + 1), 1, 128, what + " for IPv6")
    };
  }

  /** Reads a number of 0 or more. */
  static int count(String text, String what) throws RuleError {
    return Endpoint.number(text, 0, Integer.MAX_VALUE, what);
  }
}
