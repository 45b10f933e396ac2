package io.dsr.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How requests were spread over the servers. */
final class Spread {

  private static final int BAR_LENGTH = 40;

  private Spread() {}

  /** Returns a line for each of {@code servers}, those without requests too. */
  static List<String> lines(List<String> servers, Map<String, Long> requests) {
    long total = requests.values().stream().mapToLong(Long::longValue).sum();
    int width = servers.stream().mapToInt(String::length).max().orElse(0);
    var lines = new ArrayList<String>();
    for (String server : servers) {
      long count = requests.getOrDefault(server, 0L);
      double share = total == 0 ? 0 : (double) count / total;
      String bar = "#".repeat((int) Math.round(share * BAR_LENGTH));
      lines.add(
          String.format(
                  Locale.ROOT, "%-" + width + "s %9d %5.1f %% %s", server, count, share * 100, bar)
              .stripTrailing());
    }
    return lines;
  }
}
