package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.WeightReason;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import picocli.CommandLine.Command;

/** Shows services, servers and counters. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Show the services of a running balancer, their servers, and what was counted.")
public final class StatusCommand extends ControlCommand {

  /** Creates the command. */
  public StatusCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ObjectNode answer = client.ask(request("status"));
    if (isJson()) {
      print(answer);
      return 0;
    }
    print(services(answer));
    print(interfaces(answer));
    print(counters(answer));
    return 0;
  }

  private Table services(JsonNode answer) {
    Table table =
        table(
            "service / server",
            "weight",
            "override",
            "now",
            "MAC",
            "active",
            "inactive",
            "total",
            "packets",
            "bytes",
            "note");
    for (JsonNode service : answer.path("services")) {
      row(table, service.path("service").asText(), service, service.path("scheduler").asText());
      for (JsonNode server : service.path("servers")) {
        row(table, "  " + server.path("server").asText(), server, note(server));
      }
    }
    return table;
  }

  /** Returns why the effective weight is what it is, and what an unhealthy server lacks. */
  private static String note(JsonNode server) {
    String reason = server.path("reason").asText();
    String health = server.path("healthReason").asText();
    return reason.equals(WeightReason.UNHEALTHY.text()) && !health.isEmpty()
        ? reason + ": " + health
        : reason;
  }

  private Table interfaces(JsonNode answer) {
    Table table = table("interface", "state", "loop", "received", "dropped", "sent", "not sent");
    for (JsonNode each : answer.path("interfaces")) {
      String state = each.path("attached").asBoolean() ? "in use" : "gone";
      JsonNode loops = each.path("framesByLoop");
      table.row(
          each.path("interface").asText(),
          state,
          "all",
          sum(loops),
          each.path("kernelDrops").longValue(),
          each.path("sent").longValue(),
          each.path("sendQueueFull").longValue() + each.path("sendRefused").longValue());
      for (int loop = 0; loops.size() > 1 && loop < loops.size(); loop++) {
        table.row("", "", loop, loops.path(loop).longValue(), "", "", "");
      }
    }
    return table;
  }

  private static long sum(JsonNode counts) {
    long sum = 0;
    for (JsonNode count : counts) {
      sum += count.longValue();
    }
    return sum;
  }

  private static void row(Table table, String name, JsonNode of, String note) {
    boolean isServer = of.has("weight");
    table.row(
        name,
        isServer ? of.path("weight").intValue() : "",
        of.has("override") ? of.path("override").intValue() : "",
        isServer ? of.path("effectiveWeight").intValue() : "",
        isServer ? of.path("mac").asText("-") : "",
        of.path("active").longValue(),
        of.path("inactive").longValue(),
        of.path("total").longValue(),
        of.path("packets").longValue(),
        of.path("bytes").longValue(),
        note);
  }

  private Table counters(JsonNode answer) {
    Table table = table("frames", "count");
    answer
        .path("verdicts")
        .properties()
        .forEach(verdict -> table.row(verdict.getKey(), verdict.getValue().longValue()));
    table.row("received by the kernel", answer.path("kernelFrames").longValue());
    table.row("dropped by the kernel", answer.path("kernelDrops").longValue());
    table.row("not sent", answer.path("sendDrops").longValue());
    return table;
  }
}
