package io.dsr.rules.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@code virtual_server} of a keepalived.conf. */
final class KeepalivedService {

  private static final Set<String> CHECKING =
      Set.of(
          "delay_loop",
          "retry",
          "delay_before_retry",
          "warmup",
          "connect_timeout",
          "ha_suspend",
          "virtualhost",
          "alpha",
          "omega",
          "hysteresis",
          "inhibit_on_failure",
          "sorry_server_inhibit");
  private static final Set<String> TELLING =
      Set.of("quorum_up", "quorum_down", "notify_up", "notify_down", "smtp_alert", "hashed");
  private static final Set<String> FLAGS =
      Set.of("sh-port", "sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-2", "flag-3");
  private static final String DEFAULT_PERSISTENCE = "360";

  private final Statement block;
  private final Warnings warnings;
  private final List<String> flags = new ArrayList<>();
  private final List<KeepalivedServer> servers = new ArrayList<>();
  private String scheduler = "wlc";
  private String method = "NAT";
  private String protocol = "TCP";
  private @Nullable String persistence;
  private @Nullable String granularity;
  private @Nullable Statement quorum;
  private @Nullable Statement sorryServer;
  private boolean onePacket;
  private boolean ipv6;

  KeepalivedService(Statement block, Warnings warnings) {
    this.block = block;
    this.warnings = warnings;
    block.block().forEach(this::read);
  }

  /** Adds the rules for each service that {@code listed}, the block itself or a group, names. */
  void write(Statement listed, ServiceBuilder builder) {
    List<KeepalivedServer> carried = new ArrayList<>(servers);
    carried.removeIf(server -> !server.isDirect(method, warnings));
    if (carried.isEmpty() && !servers.isEmpty()) {
      warnings.loss(
          block.line(), "virtual_server is not carried over: none of its real servers is");
      return;
    }
    String options = options(carried);
    for (Map.Entry<String, Integer> name : names(listed).entrySet()) {
      builder.add(name.getValue(), "-A " + name.getKey() + options);
      for (KeepalivedServer server : carried) {
        builder.add(server.line(), "-a " + name.getKey() + server.rule());
      }
      Statement sorry = sorryServer;
      if (sorry != null) {
        String server = KeepalivedServer.endpoint(sorry);
        builder.add(sorry.line(), "-a " + name.getKey() + " -r " + server + " -g -w 1 --tier 255");
      }
    }
  }

  private void read(Statement statement) {
    String keyword = statement.keyword();
    switch (keyword) {
      case "lb_algo", "lvs_sched" -> scheduler = statement.argument("");
      case "lb_kind", "lvs_method" -> method = statement.argument("");
      case "protocol" -> protocol = statement.argument("");
      case "persistence_timeout" -> persistence = statement.argument(DEFAULT_PERSISTENCE);
      case "persistence_granularity" -> granularity = statement.argument("");
      case "ops" -> onePacket = true;
      case "ip_family" -> ipv6 = statement.argument("").equals("inet6");
      case "quorum" -> quorum = statement;
      case "sorry_server" -> sorryServer = statement;
      case "sorry_server_lvs_method" -> {
        if (!statement.argument("").equals("DR")) {
          warnings.loss(statement.line(), keyword + " is not carried over: the method is DR");
        }
      }
      case "real_server" -> server(statement);
      default -> other(statement);
    }
  }

  private void server(Statement statement) {
    ipv6 |= statement.argument("").indexOf(':') >= 0;
    servers.add(new KeepalivedServer(statement, warnings));
  }

  private void other(Statement statement) {
    String keyword = statement.keyword();
    if (FLAGS.contains(keyword)) {
      flags.add(keyword);
    } else if (keyword.equals("persistence_engine")) {
      warnings.loss(
          statement.line(),
          keyword + " is not carried over: dsr reads no payload; its persistence uses addresses");
    } else {
      unused(statement, warnings);
    }
  }

  /** Warns about a statement that rules cannot express. */
  static void unused(Statement statement, Warnings warnings) {
    String keyword = statement.keyword();
    if (CHECKING.contains(keyword)) {
      warnings.note(
          statement.line(),
          keyword
              + " is not carried over: it configures health checks, and dsr checks by ARP only");
    } else if (TELLING.contains(keyword)) {
      warnings.note(statement.line(), keyword + " is not carried over: it does not affect packets");
    } else {
      warnings.loss(statement.line(), keyword + " is not carried over");
    }
  }

  private String options(List<KeepalivedServer> carried) {
    var options = new StringBuilder(" -s ").append(scheduler);
    if (!flags.isEmpty()) {
      options.append(" -b ").append(String.join(",", flags));
    }
    if (persistence != null) {
      options.append(" -p ").append(persistence);
    }
    if (granularity != null && persistence != null) {
      options.append(" -M ").append(granularity);
    }
    if (onePacket) {
      options.append(" -o");
    }
    return options + minimumServers(carried);
  }

  /** Returns the number of servers that comes closest to a quorum of weights. */
  private String minimumServers(List<KeepalivedServer> carried) {
    Statement given = quorum;
    if (given == null || given.argument("1").equals("1")) {
      return "";
    }
    if (sorryServer == null) {
      warnings.note(
          given.line(), "quorum is not carried over: there is no sorry_server to take over");
      return "";
    }
    long weights = carried.stream().mapToLong(KeepalivedServer::weight).sum();
    try {
      long share = Math.max(1, weights / Math.max(1, carried.size()));
      long servers = Math.max(1, Math.ceilDiv(Long.parseLong(given.argument("1")), share));
      warnings.loss(
          given.line(),
          "quorum of weight "
              + given.argument("1")
              + " becomes --minimum-servers "
              + servers
              + ": with fewer servers, the rest keep working beside the sorry_server");
      return " --minimum-servers " + servers;
    } catch (NumberFormatException notOne) {
      warnings.loss(given.line(), "quorum is not carried over: " + given.argument(""));
      return "";
    }
  }

  /** Returns the name of each service, with the line that it is given in. */
  private Map<String, Integer> names(Statement listed) {
    Map<String, Integer> names = new LinkedHashMap<>();
    boolean group = listed.keyword().equals("virtual_server_group");
    List<Statement> entries = group ? listed.block() : List.of(block);
    for (Statement entry : entries) {
      List<String> words = group ? entry.words() : entry.words().subList(1, entry.words().size());
      try {
        if (words.isEmpty()) {
          throw new UnreadableException(
              entry.line(), "virtual_server without an address", "IP PORT");
        }
        for (String name : KeepalivedAddresses.names(entry, words, protocol, ipv6)) {
          names.putIfAbsent(name, entry.line());
        }
      } catch (UnreadableException e) {
        warnings.loss(entry.line(), "not carried over: " + e.reason());
      }
    }
    return names;
  }
}
