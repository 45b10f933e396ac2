package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.FlowPage;
import io.dsr.server.control.Commands;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import io.dsr.server.control.Json;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists, counts or forgets flows: page after page, so that millions take no memory. */
@Command(
    name = "flows",
    mixinStandardHelpOptions = true,
    description = "List the flows of a running balancer: the first 50, or all.")
public final class FlowsCommand extends ControlCommand {

  private static final int FIRST = 50;

  @Mixin private FilterOptions filter = new FilterOptions();

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only those in a state, such as ESTABLISHED or FIN_WAIT.")
  private @Nullable String state;

  @Option(names = "--all", description = "List all flows; with --forget, forget every flow.")
  private boolean all;

  @Option(
      names = "--forget",
      description = "Forget those that match: their next frames go to a newly picked server.")
  private boolean forget;

  /** Creates the command. */
  public FlowsCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    if (forget) {
      return forget(client);
    }
    return filter.isCount() ? count(client) : list(client);
  }

  private ObjectNode filtered(String command) throws ControlException {
    ObjectNode request = filter.addTo(request(command));
    return state == null ? request : request.put("state", FilterOptions.state(state));
  }

  private int forget(ControlClient client) throws ControlException {
    if (filter.isCount()) {
      throw ControlException.usage("--forget with --count (expected: one of them)");
    }
    if (filter.isEmpty() && state == null && !all) {
      throw ControlException.usage(
          "--forget: no filter (expected: --service, --client, --server or --state; or --all)");
    }
    ObjectNode answer = client.ask(filtered("forget-flows").put("all", all));
    if (isJson()) {
      print(answer);
    } else {
      out().printf(Locale.ROOT, "forgot %,d flows%n", answer.path("forgotten").longValue());
    }
    return 0;
  }

  private int count(ControlClient client) throws ControlException {
    long from = 0;
    long count = 0;
    while (from != FlowPage.END) {
      ObjectNode page = client.ask(filtered("flows").put("countOnly", true).put("from", from));
      count += page.path("count").longValue();
      from = next(page, from);
    }
    if (isJson()) {
      print(Json.object().put("count", count));
    } else {
      out().println(count);
    }
    return 0;
  }

  private int list(ControlClient client) throws ControlException {
    long from = 0;
    long shown = 0;
    boolean headed = false;
    while (from != FlowPage.END && (all || shown < FIRST) && !out().checkError()) {
      long limit = all ? Commands.PAGE : FIRST - shown;
      ObjectNode page = client.ask(filtered("flows").put("from", from).put("limit", limit));
      from = next(page, from);
      if (isJson()) {
        print(page);
      } else if (page.path("count").longValue() > 0) {
        print(table(page), headed);
        headed = true;
      }
      shown += page.path("count").longValue();
    }
    if (!isJson()) {
      last(shown, from);
    }
    return 0;
  }

  /** Tells how to see more, where a person may take it for the whole. */
  private void last(long shown, long from) {
    if (shown == 0) {
      errors().println("no flows match");
    } else if (from != FlowPage.END) {
      errors()
          .printf(
              Locale.ROOT,
              "%,d shown, there may be more: --all shows all, --count counts them%n",
              shown);
    }
    errors().flush();
  }

  private void print(Table page, boolean headed) {
    page.lines().stream().skip(headed ? 1 : 0).forEach(out()::println);
  }

  private Table table(JsonNode page) {
    Table table = table("service", "client", "vip", "server", "state", "load", "expires");
    for (JsonNode flow : page.path("flows")) {
      table.row(
          flow.path("service").asText(),
          endpoint(flow.path("client").asText(), flow.path("clientPort").intValue()),
          endpoint(flow.path("vip").asText(), flow.path("port").intValue()),
          flow.path("server").asText(),
          flow.path("state").asText(),
          flow.path("active").booleanValue() ? "active" : "inactive",
          Duration.ofMillis(flow.path("remainingMilliseconds").longValue()));
    }
    return table;
  }

  private static String endpoint(String address, int port) {
    String host = address.indexOf(':') < 0 ? address : "[" + address + "]";
    return port == 0 ? address : host + ":" + port;
  }

  /** Returns where to go on; a balancer that would not go on must not hold us for ever. */
  private static long next(ObjectNode page, long from) throws ControlException {
    long next = page.path("next").asLong(FlowPage.END);
    if (next != FlowPage.END && next == from) {
      throw ControlException.failed(
          "the page after " + from + " continues at " + next + " (expected: a later position)");
    }
    return next;
  }
}
