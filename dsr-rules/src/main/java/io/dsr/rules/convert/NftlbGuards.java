package io.dsr.rules.convert;

import io.dsr.core.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a farm of nftlb refuses: limits for a client, and lists of clients. */
final class NftlbGuards {

  private static final int LONGEST_BAN = 3600;

  private final Json farm;
  private final Warnings warnings;

  NftlbGuards(Json farm, Warnings warnings) {
    this.farm = farm;
    this.warnings = warnings;
  }

  /** Returns the option {@code --limit}, or nothing. */
  String limits() {
    List<String> limits = new ArrayList<>();
    long news = perSecond("new-rtlimit");
    if (news > 0) {
      String burst = farm.text("new-rtlimit-burst", "0");
      limits.add("new=" + news + (burst.equals("0") ? "" : "/" + burst));
    }
    long resets = perSecond("rst-rtlimit");
    if (resets > 0) {
      limits.add("resets=" + resets);
      if (!farm.text("rst-rtlimit-burst", "0").equals("0")) {
        warnings.loss(farm.line("rst-rtlimit-burst"), "rst-rtlimit-burst is not carried over");
      }
    }
    String connections = farm.text("est-connlimit", "0");
    if (!connections.equals("0")) {
      limits.add("connections=" + connections);
    }
    if (farm.text("tcp-strict", "off").equals("on")) {
      warnings.note(
          farm.line("tcp-strict"),
          "tcp-strict is on by default in dsr (--defence bogus-flags=drop)");
    }
    return limits.isEmpty() ? "" : " --limit " + String.join(",", limits) + ban();
  }

  private String ban() {
    long seconds = number(farm.text("limits-ttl", "120"));
    if (seconds > LONGEST_BAN) {
      warnings.loss(farm.line("limits-ttl"), "limits-ttl " + seconds + " becomes 3600");
      seconds = LONGEST_BAN;
    }
    return ",ban=" + seconds;
  }

  /** Returns a rate such as {@code 10/second}, per second. */
  private long perSecond(String name) {
    String[] words = farm.text(name, "0").split("/", -1);
    long number = number(words[0]);
    long seconds =
        switch (words.length < 2 ? "second" : words[1].toLowerCase(Locale.ROOT)) {
          case "minute" -> 60;
          case "hour" -> 3_600;
          case "day" -> 86_400;
          case "week" -> 604_800;
          default -> 1;
        };
    if (number <= 0) {
      return 0;
    }
    long rate = Math.ceilDiv(number, seconds);
    if (rate * seconds != number) {
      warnings.loss(
          farm.line(name), name + " " + farm.text(name, "") + " becomes " + rate + " per second");
    }
    return rate;
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException notOne) {
      return 0;
    }
  }

  /**
   * Returns the options {@code --allow} and {@code --deny}, or nothing. A whitelist of nftlb makes
   * exceptions from the blacklists; everybody else is served.
   */
  String access(Map<String, Json> policies) {
    List<IpPrefix> white = new ArrayList<>();
    List<IpPrefix> black = new ArrayList<>();
    for (Json named : farm.list("policies")) {
      Json policy = policies.get(named.text("name", ""));
      if (policy == null) {
        warnings.loss(named.line(), "policy " + named.text("name", "") + " is not defined");
      } else {
        boolean isWhite = policy.text("type", "blacklist").equals("whitelist");
        elements(policy, isWhite ? white : black);
      }
    }
    black.removeIf(denied -> white.stream().anyMatch(allowed -> allowed.contains(denied)));
    if (black.isEmpty()) {
      return "";
    }
    String deny = " --deny " + join(black);
    if (white.isEmpty()) {
      return deny;
    }
    boolean ipv6 = black.getFirst().isIpv6();
    return " --allow " + join(white) + (ipv6 ? ",::/0" : ",0.0.0.0/0") + deny;
  }

  private void elements(Json policy, List<IpPrefix> prefixes) {
    for (Json element : policy.list("elements")) {
      IpPrefix prefix = prefix(element.text("data", ""));
      if (prefix == null) {
        warnings.loss(
            element.line(),
            "element \""
                + element.text("data", "")
                + "\" is not carried over (expected: an address or a network)");
      } else if (!prefixes.contains(prefix)) {
        prefixes.add(prefix);
      }
    }
  }

  private static @Nullable IpPrefix prefix(String data) {
    try {
      return IpPrefix.parse(data);
    } catch (IllegalArgumentException notOne) {
      return null;
    }
  }

  private static String join(List<IpPrefix> prefixes) {
    return String.join(",", prefixes.stream().map(IpPrefix::toString).toList());
  }
}
