package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.IpPrefix;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Drains a real server and waits for its last flow. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    customSynopsis = "dsr drain --control=SOCKET [--json] [--deadline=TIME] SERVICE SERVER",
    description = {
      "Stop new flows to a real server, and wait until its last flow ends.",
      "Exits with 1 if the deadline passes first. Either way the server takes no new flows until",
      "dsr undrain or its removal; a reload of the rules does not change that.",
      "Example: dsr drain tcp 192.0.2.10:80 192.0.2.21 --deadline 5m --control SOCKET"
    })
public final class DrainCommand extends ControlCommand {

  @Mixin private ServiceOptions words = new ServiceOptions();

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "How long to wait, such as 30s, 5m or 1h, at most 24h (default: 30s).")
  private String deadline = "30s";

  /** Creates the command. */
  public DrainCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ServiceOptions.Named named = words.named(1, "SERVICE SERVER");
    ObjectNode request =
        request("drain")
            .put("service", named.service())
            .put("server", IpPrefix.text(ArgumentParser.address(named.rest().getFirst(), "server")))
            .put(
                "deadlineMilliseconds", ArgumentParser.duration(deadline, "--deadline").toMillis());
    ObjectNode answer = client.ask(request, this::progress);
    long left = answer.path("flowsLeft").longValue();
    if (isJson()) {
      print(answer);
    } else {
      out().println(summary(answer, left));
    }
    return left == 0 ? 0 : failed();
  }

  private void progress(JsonNode progress) {
    if (isJson()) {
      print(progress);
      out().flush();
      return;
    }
    errors()
        .printf(
            Locale.ROOT,
            "draining: %,d active, %,d inactive%n",
            progress.path("active").longValue(),
            progress.path("inactive").longValue());
    errors().flush();
  }

  private static String summary(JsonNode answer, long left) {
    String how = left == 0 ? "has no active flows" : "still has %,d active flows";
    long closed = answer.path("closedFlows").longValue();
    return String.format(
        Locale.ROOT,
        "%s: %s "
            + String.format(Locale.ROOT, how, left)
            + " after %.1f s (%,d at the start)"
            + (closed == 0 ? "" : String.format(Locale.ROOT, ", %,d that are closed", closed)),
        answer.path("service").asText(),
        answer.path("server").asText(),
        answer.path("tookMilliseconds").longValue() / 1000.0,
        answer.path("flowsAtStart").longValue());
  }
}
