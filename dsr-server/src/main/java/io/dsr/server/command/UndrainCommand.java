package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.IpPrefix;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends the draining of a real server. */
@Command(
    name = "undrain",
    mixinStandardHelpOptions = true,
    customSynopsis = "dsr undrain --control=SOCKET [--json] SERVICE SERVER",
    description = {
      "Let a drained real server take new flows again, with its current weight.",
      "Example: dsr undrain tcp 192.0.2.10:80 192.0.2.21 --control SOCKET"
    })
public final class UndrainCommand extends ControlCommand {

  @Mixin private ServiceOptions words = new ServiceOptions();

  /** Creates the command. */
  public UndrainCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ServiceOptions.Named named = words.named(1, "SERVICE SERVER");
    String server = IpPrefix.text(ArgumentParser.address(named.rest().getFirst(), "server"));
    ObjectNode request = request("undrain").put("service", named.service()).put("server", server);
    ObjectNode answer = client.ask(request);
    if (isJson()) {
      print(answer);
    } else {
      out().println(summary(answer));
    }
    return 0;
  }

  private static String summary(JsonNode answer) {
    String was =
        answer.path("changed").booleanValue() ? "is no longer draining" : "was not draining";
    return answer.path("service").asText()
        + ": "
        + answer.path("server").asText()
        + " "
        + was
        + "; its weight is now "
        + answer.path("effectiveWeight").asText()
        + " ("
        + answer.path("reason").asText()
        + ")";
  }
}
