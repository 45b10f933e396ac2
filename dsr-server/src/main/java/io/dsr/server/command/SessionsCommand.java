package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.Commands;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists, counts or forgets the clients that persistence remembers. */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    description = "List the persistence entries: the first 50, or up to 10,000.")
public final class SessionsCommand extends ControlCommand {

  private static final int FIRST = 50;

  @Mixin private FilterOptions filter = new FilterOptions();

  @Option(names = "--all", description = "List up to 10,000; with --forget, forget every entry.")
  private boolean all;

  @Option(
      names = "--forget",
      description = "Forget those that match: the clients' next flows go to a newly picked server.")
  private boolean forget;

  /** Creates the command. */
  public SessionsCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    if (forget) {
      return forget(client);
    }
    boolean count = filter.isCount();
    ObjectNode request = filter.addTo(request("sessions"));
    request.put("limit", all || count ? Commands.SESSIONS : FIRST).put("countOnly", count);
    ObjectNode answer = client.ask(request);
    boolean more = answer.path("more").booleanValue();
    if (isJson()) {
      print(answer);
    } else if (count) {
      out().println(answer.path("count").longValue() + (more ? " or more" : ""));
    } else {
      list(answer, more);
    }
    return 0;
  }

  private int forget(ControlClient client) throws ControlException {
    if (filter.isCount()) {
      throw ControlException.usage("--forget with --count (expected: one of them)");
    }
    if (filter.isEmpty() && !all) {
      throw ControlException.usage(
          "--forget: no filter (expected: --service, --client or --server; or --all)");
    }
    ObjectNode answer = client.ask(filter.addTo(request("forget-sessions")).put("all", all));
    if (isJson()) {
      print(answer);
    } else {
      out().printf(Locale.ROOT, "forgot %,d sessions%n", answer.path("forgotten").longValue());
    }
    return 0;
  }

  private void list(JsonNode answer, boolean more) {
    long shown = answer.path("count").longValue();
    if (shown > 0) {
      print(table(answer));
    }
    String rest =
        all
            ? "%,d shown, there are more: narrow the list with --service, --client or --server%n"
            : "%,d shown, there are more: --all shows up to 10,000, --count counts them%n";
    if (shown == 0) {
      errors().println("no sessions match");
    } else if (more) {
      errors().printf(Locale.ROOT, rest, shown);
    }
    errors().flush();
  }

  private Table table(JsonNode answer) {
    Table table = table("service", "client", "server", "pinned", "expires");
    for (JsonNode session : answer.path("sessions")) {
      boolean pinned = session.path("pinned").booleanValue();
      table.row(
          session.path("service").asText(),
          session.path("key").asText(),
          session.path("server").asText(),
          pinned ? "pinned" : "",
          pinned ? "never" : Duration.ofMillis(session.path("remainingMilliseconds").longValue()));
    }
    return table;
  }
}
