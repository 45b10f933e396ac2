package io.dsr.server.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.IpPrefix;
import io.dsr.core.RealServer;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Overrides the weight of a real server, or clears the override. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    customSynopsis = "dsr set --control=SOCKET [--json] SERVICE SERVER weight=N|configured",
    description = {
      "Override the configured weight of a real server; a reload of the rules keeps the override.",
      "weight=configured removes the override.",
      "Example: dsr set tcp 192.0.2.10:80 192.0.2.21 weight=0 --control SOCKET"
    })
public final class SetCommand extends ControlCommand {

  private static final String CONFIGURED = "configured";
  private static final Pattern SETTING = Pattern.compile("weight=(\\d{1,9}|" + CONFIGURED + ")");

  @Mixin private ServiceOptions words = new ServiceOptions();

  /** Creates the command. */
  public SetCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ServiceOptions.Named named = words.named(2, "SERVICE SERVER weight=N|configured");
    String server = IpPrefix.text(ArgumentParser.address(named.rest().getFirst(), "server"));
    String weight = weight(named.rest().getLast());
    ObjectNode request = request("weight").put("service", named.service()).put("server", server);
    if (weight.equals(CONFIGURED)) {
      request.put("weight", CONFIGURED);
    } else {
      request.put("weight", Integer.parseInt(weight));
    }
    ObjectNode answer = client.ask(request);
    if (isJson()) {
      print(answer);
      return 0;
    }
    out()
        .println(
            answer.path("service").asText()
                + ": "
                + answer.path("server").asText()
                + (weight.equals(CONFIGURED) ? " has its configured weight " : " has weight ")
                + answer.path("weight").asText()
                + ", was "
                + answer.path("before").asText());
    return 0;
  }

  /** Returns a number of 0 to 65535, or the word for the configured weight. */
  private static String weight(String text) throws ControlException {
    Matcher setting = SETTING.matcher(text);
    if (setting.matches()) {
      String weight = setting.group(1);
      if (weight.equals(CONFIGURED) || Integer.parseInt(weight) <= RealServer.MAXIMUM_WEIGHT) {
        return weight;
      }
    }
    throw ControlException.usage(
        "setting", text, "weight=N with N from 0 to 65535, or weight=configured");
  }
}
