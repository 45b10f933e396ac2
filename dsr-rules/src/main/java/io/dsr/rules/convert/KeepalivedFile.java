package io.dsr.rules.convert;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The virtual servers of a keepalived.conf.
 *
 * <p>What the keywords mean is from keepalived.conf(5) and {@code doc/keepalived.conf.SYNOPSIS} of
 * keepalived 2.
 */
final class KeepalivedFile {

  private static final Set<String> SILENT =
      Set.of("global_defs", "vrrp_script", "vrrp_track_process", "vrrp_track_file", "SSL");

  private KeepalivedFile() {}

  /** Returns the rules, and warns about what they do not carry. */
  static List<String> rules(List<String> lines, Warnings warnings) throws UnreadableException {
    List<Statement> statements = KeepalivedReader.read(lines, warnings);
    Map<String, Statement> groups = new HashMap<>();
    for (Statement statement : statements) {
      if (statement.keyword().equals("virtual_server_group")) {
        groups.put(statement.argument(""), statement);
      }
    }
    var builder = new ServiceBuilder();
    for (Statement statement : statements) {
      switch (statement.keyword()) {
        case "virtual_server_group" -> {}
        case "virtual_server" -> service(statement, groups, builder, warnings);
        default -> other(statement, warnings);
      }
    }
    return builder.rules(warnings);
  }

  private static void service(
      Statement statement,
      Map<String, Statement> groups,
      ServiceBuilder builder,
      Warnings warnings) {
    Statement listed = statement;
    if (statement.argument("").equals("group")) {
      listed = groups.get(statement.argument(2, ""));
      if (listed == null) {
        warnings.loss(
            statement.line(),
            "virtual_server is not carried over: there is no virtual_server_group "
                + statement.argument(2, ""));
        return;
      }
    }
    new KeepalivedService(statement, warnings).write(listed, builder);
  }

  private static void other(Statement statement, Warnings warnings) {
    String keyword = statement.keyword();
    int line = statement.line();
    if (keyword.equals("include")) {
      warnings.loss(
          line, "include is not followed: convert " + statement.argument("its file") + " as well");
    } else if (keyword.startsWith("vrrp_instance") || keyword.startsWith("vrrp_sync_group")) {
      warnings.loss(
          line, keyword + " is not carried over: dsr announces its VIPs itself and has no VRRP");
    } else if (SILENT.contains(keyword)) {
      warnings.note(line, keyword + " is not carried over: it does not affect packets");
    } else {
      warnings.loss(line, keyword + " is not carried over");
    }
  }
}
