package io.dsr.rules.convert;

import io.dsr.core.scheduler.Schedulers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One farm of nftlb, in mode dsr. */
final class NftlbFarm {

  private static final Map<String, String> PARTS =
      Map.of(
          "srcip", "source",
          "srcport", "source-port",
          "dstip", "destination",
          "dstport", "destination-port");
  private static final List<String> UNUSED =
      List.of("log", "mark", "queue", "verdict", "flow-offload", "intra-connect", "source-addr");
  private static final List<String> OFF = List.of("none", "0x0", "0", "-1", "off", "");

  private final Json farm;
  private final Warnings warnings;
  private final NftlbGuards guards;

  NftlbFarm(Json farm, Warnings warnings) {
    this.farm = farm;
    this.warnings = warnings;
    guards = new NftlbGuards(farm, warnings);
  }

  /** Adds the rules of the farm. */
  void write(Map<String, Json> addresses, Map<String, Json> policies, ServiceBuilder builder) {
    Set<String> keys = keys(addresses);
    if (keys.isEmpty()) {
      warnings.loss(
          farm.line(), "farm is not carried over: it has no address (expected: at least one)");
      return;
    }
    tellUnused();
    String options =
        " -s "
            + scheduler()
            + persistence()
            + guards.limits()
            + guards.access(policies)
            + minimumServers();
    builder.add(farm.line(), "-A " + String.join(" ", keys) + options);
    String name = keys.iterator().next();
    for (Json backend : farm.list("backends")) {
      backend(backend, name, builder);
    }
  }

  private Set<String> keys(Map<String, Json> addresses) {
    Set<String> keys = new LinkedHashSet<>();
    for (Json named : farm.list("addresses")) {
      Json address = named.members().containsKey("ip-addr") ? named : null;
      address = address == null ? addresses.get(named.text("name", "")) : address;
      if (address == null) {
        warnings.loss(named.line(), "address " + named.text("name", "") + " is not defined");
      } else {
        add(address, "ip-addr", "ports", keys);
      }
    }
    if (keys.isEmpty() && farm.members().containsKey("virtual-addr")) {
      add(farm, "virtual-addr", "virtual-ports", keys);
    }
    return keys;
  }

  private void add(Json of, String address, String ports, Set<String> keys) {
    String vip = KeepalivedAddresses.host(of.text(address, ""));
    String given = of.text(ports, "*").replace(" ", "");
    String where = vip + ":" + (given.equals("0") ? "*" : given);
    String protocol = of.text("protocol", "tcp");
    switch (protocol) {
      case "tcp" -> keys.add("-t " + where);
      case "udp" -> keys.add("-u " + where);
      case "sctp" -> keys.add("--sctp-service " + where);
      case "all" -> {
        if (where.endsWith(":*")) {
          keys.add("--any " + vip);
        } else {
          keys.addAll(List.of("-t " + where, "-u " + where, "--sctp-service " + where));
        }
      }
      default ->
          warnings.loss(
              of.line("protocol"), "protocol " + protocol + " (expected: tcp, udp, sctp or all)");
    }
  }

  private String scheduler() {
    String scheduler = farm.text("scheduler", "rr");
    int line = farm.line("scheduler");
    return switch (scheduler) {
      case "rr" -> "rr";
      case "weight" -> {
        if (Schedulers.names().contains("random")) {
          yield "random";
        }
        warnings.note(
            line, "scheduler weight becomes wrr: the same shares, round robin instead of random");
        yield "wrr";
      }
      case "hash" -> hash(line);
      case "symhash" -> {
        warnings.note(line, "scheduler symhash becomes mh, which hashes source address and port");
        yield "mh -b mh-fallback,mh-port";
      }
      default -> {
        warnings.loss(
            line, "scheduler " + scheduler + " becomes wrr (expected: rr, weight or hash)");
        yield "wrr";
      }
    };
  }

  private String hash(int line) {
    Set<String> parts = words(farm.text("sched-param", "srcip"));
    if (parts.equals(Set.of("dstip")) && Schedulers.names().contains("dh")) {
      return "dh";
    }
    boolean port = parts.contains("srcport");
    if (!parts.equals(port ? Set.of("srcip", "srcport") : Set.of("srcip"))) {
      warnings.loss(
          farm.line("sched-param"),
          "sched-param \""
              + String.join(" ", parts)
              + "\" is not carried over: dsr hashes clients by source address"
              + (port ? " and port" : ""));
    }
    warnings.note(
        line, "scheduler hash becomes mh: a client keeps one server, but maybe a different one");
    return port ? "mh -b mh-fallback,mh-port" : "mh -b mh-fallback";
  }

  private String persistence() {
    Set<String> parts = words(farm.text("persistence", "none"));
    var key = new LinkedHashSet<String>();
    for (String part : parts) {
      String name = PARTS.get(part);
      if (name != null) {
        key.add(name);
      } else if (!part.equals("none")) {
        warnings.loss(farm.line("persistence"), "persistence by " + part + " is not carried over");
      }
    }
    if (key.isEmpty()) {
      farm.list("sessions").forEach(s -> warnings.loss(s.line(), "session without persistence"));
      return "";
    }
    var text = new StringBuilder(" -p ").append(farm.text("persist-ttl", "60"));
    boolean bySource = key.equals(Set.of("source"));
    if (!bySource) {
      text.append(" --persist-key ").append(String.join(",", key));
    }
    for (Json session : farm.list("sessions")) {
      text.append(pin(session, bySource));
    }
    return text.toString();
  }

  private String pin(Json session, boolean bySource) {
    if (session.members().containsKey("expiration")) {
      warnings.note(session.line(), "session is not carried over: it expires");
      return "";
    }
    Json server = backend(session.text("backend", ""));
    String client = session.text("client", "");
    if (!bySource || server == null || client.isEmpty()) {
      warnings.loss(
          session.line(),
          "session of "
              + client
              + " is not carried over (expected: persistence srcip, a client and a backend)");
      return "";
    }
    return " --pin " + client + "=" + server.text("ip-addr", "") + ",schedule";
  }

  private @Nullable Json backend(String name) {
    return farm.list("backends").stream()
        .filter(backend -> backend.text("name", "").equals(name))
        .findFirst()
        .orElse(null);
  }

  /**
   * Returns how many servers must work: nftlb has one of priority n + 1 for each of n that fails.
   */
  private String minimumServers() {
    List<Json> backends = farm.list("backends");
    long first = backends.stream().filter(b -> b.text("priority", "1").equals("1")).count();
    return first > 1 && first < backends.size() ? " --minimum-servers " + first : "";
  }

  private void backend(Json backend, String name, ServiceBuilder builder) {
    String host = KeepalivedAddresses.host(backend.text("ip-addr", ""));
    String port = backend.text("port", "0");
    String weight = backend.text("weight", "1");
    String state = backend.text("state", "up");
    if (state.equals("down") || state.equals("off")) {
      weight = "0";
      warnings.loss(
          backend.line("state"),
          "backend in state "
              + state
              + " becomes a server with weight 0: raise the weight when it is back");
    }
    var text = new StringBuilder("-a " + name + " -r " + host + ":" + port + " -g -w " + weight);
    String priority = backend.text("priority", "1");
    if (!priority.equals("1")) {
      text.append(" --tier ").append(tier(priority));
    }
    String most = backend.text("est-connlimit", "0");
    if (!most.equals("0")) {
      text.append(" -x ").append(most);
    }
    builder.add(backend.line(), text.toString());
  }

  private static String tier(String priority) {
    try {
      return Integer.toString(Integer.parseInt(priority) - 1);
    } catch (NumberFormatException notOne) {
      return priority;
    }
  }

  private void tellUnused() {
    for (String name : UNUSED) {
      if (!OFF.contains(farm.text(name, "none")) && !name.equals("verdict")) {
        warnings.note(farm.line(name), name + " is not carried over: it does not affect packets");
      }
    }
    if (!OFF.contains(farm.text("helper", "none"))) {
      warnings.loss(farm.line("helper"), "helper is not carried over: dsr reads no payload");
    }
    if (farm.text("family", "ipv4").equals("dual")) {
      warnings.loss(
          farm.line("family"), "family dual is not carried over: a service has one family");
    }
  }

  private static Set<String> words(String text) {
    return new LinkedHashSet<>(List.of(text.strip().split("[\\s,]+", -1)));
  }
}
