package io.dsr.bench.packet;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What generator and sink have counted, since they began or since an earlier reading.
 *
 * @param nanos time, of CLOCK_MONOTONIC
 * @param sent frames that the generator gave to the interface
 * @param delivered frames that came to a server's MAC
 * @param stray frames that came to no server's MAC
 * @param reordered frames that came after a younger one of the same flow
 * @param servers frames by server
 * @param latency one-way, of the frames that carried a time
 */
record Counters(
    long nanos,
    long sent,
    long delivered,
    long stray,
    long reordered,
    Map<Integer, Long> servers,
    LatencyHistogram latency) {

  /** Reads the line that {@code segment} prints: {@code name=value} and blanks between. */
  static Counters parse(String line) {
    var fields = new HashMap<String, String>();
    for (String field : line.strip().split(" ", -1)) {
      int equals = field.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("counters: \"" + line + "\" (expected: name=value ...)");
      }
      fields.put(field.substring(0, equals), field.substring(equals + 1));
    }
    return new Counters(
        number(fields, "time"),
        number(fields, "sent"),
        number(fields, "delivered"),
        number(fields, "stray"),
        number(fields, "reordered"),
        pairs(fields.getOrDefault("servers", "")),
        LatencyHistogram.parse(fields.getOrDefault("latency", "")));
  }

  /** Reads {@code key:value,key:value,}. */
  static Map<Integer, Long> pairs(String text) {
    var pairs = new TreeMap<Integer, Long>();
    for (String pair : text.split(",", -1)) {
      int colon = pair.indexOf(':');
      if (colon > 0) {
        pairs.put(
            Integer.valueOf(pair.substring(0, colon)), Long.valueOf(pair.substring(colon + 1)));
      }
    }
    return pairs;
  }

  /** Returns what came since {@code earlier}. */
  Counters since(Counters earlier) {
    var difference = new TreeMap<Integer, Long>();
    servers.forEach((server, count) ->
        difference.put(server, count - earlier.servers.getOrDefault(server, 0L)));
    return new Counters(
        nanos - earlier.nanos,
        sent - earlier.sent,
        delivered - earlier.delivered,
        stray - earlier.stray,
        reordered - earlier.reordered,
        difference,
        latency.since(earlier.latency));
  }

  /** Returns the share of the sent frames that did not come, 0 to 1. */
  double loss() {
    return sent == 0 ? 0 : Math.max(0, 1 - (double) delivered / sent);
  }

  /** Returns how much more the busiest of {@code count} servers got than their mean; 1 is even. */
  double spread(int count) {
    long most = servers.values().stream().mapToLong(Long::longValue).max().orElse(0);
    return delivered == 0 ? Double.NaN : (double) most * count / delivered;
  }

  private static long number(Map<String, String> fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("counters: no " + name + " in " + fields.keySet());
    }
    return Long.parseLong(value);
  }
}
