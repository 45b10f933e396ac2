package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import picocli.CommandLine.Command;

/** Has a balancer read its rules again, as SIGHUP does, and tells what came of it. */
@Command(
    name = "reload",
    mixinStandardHelpOptions = true,
    description = "Have a running balancer read its rules file again, as SIGHUP does.",
    footer = {"", "Exit codes: 0 applied; 1 not applied; 2 for bad rules, with FILE:LINE."})
public final class ReloadCommand extends ControlCommand {

  /** Creates the command. */
  public ReloadCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ObjectNode answer = client.ask(request("reload"));
    if (isJson()) {
      print(answer);
    } else {
      for (JsonNode line : answer.path("lines")) {
        out().println(line.asText());
      }
    }
    return 0;
  }
}
