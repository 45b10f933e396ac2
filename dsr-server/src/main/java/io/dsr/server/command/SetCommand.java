package io.dsr.server.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.RealServer;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Sets the weight of a real server. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    customSynopsis = "dsr set --control=SOCKET [--json] SERVICE SERVER weight=N",
    description = {
      "Set the weight of a real server in a running balancer, until its rules are read again.",
      "As in: dsr set tcp 192.0.2.10:80 192.0.2.21 weight=0 --control SOCKET"
    })
public final class SetCommand extends ControlCommand {

  private static final Pattern SETTING = Pattern.compile("weight=(\\d{1,9})");

  @Mixin private ServiceOptions words = new ServiceOptions();

  /** Creates the command. */
  public SetCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    ServiceOptions.Named named = words.named(2, "SERVICE SERVER weight=N");
    String server = ArgumentParser.address(named.rest().getFirst(), "server").getHostAddress();
    ObjectNode request =
        request("weight")
            .put("service", named.service())
            .put("server", server)
            .put("weight", weight(named.rest().getLast()));
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
                + " has weight "
                + answer.path("weight").asText()
                + ", and had "
                + answer.path("before").asText());
    return 0;
  }

  private static int weight(String text) throws ControlException {
    Matcher setting = SETTING.matcher(text);
    if (setting.matches()) {
      int weight = Integer.parseInt(setting.group(1));
      if (weight <= RealServer.MAXIMUM_WEIGHT) {
        return weight;
      }
    }
    throw ControlException.usage("setting", text, "weight=N, with N of 0 to 65535");
  }
}
