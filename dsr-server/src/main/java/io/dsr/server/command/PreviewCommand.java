package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Tells what a file of rules would move, before it is applied. */
@Command(
    name = "preview",
    mixinStandardHelpOptions = true,
    description = "Show what a rules file would change in a running balancer, without applying it.")
public final class PreviewCommand extends ControlCommand {

  private static final int CHUNK = 8_000;

  @Parameters(paramLabel = "RULESFILE", description = "A rules file, as for dsr run --rules.")
  private String file = "";

  /** Creates the command. */
  public PreviewCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    send(client, lines());
    ObjectNode answer = client.ask(request("preview").put("name", file));
    if (isJson()) {
      print(answer);
    } else if (answer.path("services").isEmpty()) {
      out().println("nothing would change");
    } else {
      tell(answer);
    }
    return 0;
  }

  private List<String> lines() throws ControlException {
    try {
      return TextFile.lines(file, System.in, "a rules file");
    } catch (IOException e) {
      throw ControlException.usage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Sends the lines in parts, none longer than a request may be even if all is escaped; a long line
   * goes on in the next part.
   */
  private static void send(ControlClient client, List<String> lines) throws ControlException {
    List<String> part = new ArrayList<>();
    boolean continued = false;
    int size = 0;
    for (String line : lines) {
      int from = 0;
      while (size + line.length() - from > CHUNK) {
        int end = from + CHUNK - size;
        part.add(line.substring(from, end));
        send(client, part, continued);
        part.clear();
        continued = true;
        size = 0;
        from = end;
      }
      part.add(line.substring(from));
      size += line.length() - from + 2;
      if (size >= CHUNK) {
        send(client, part, continued);
        part.clear();
        continued = false;
        size = 0;
      }
    }
    send(client, part, continued);
  }

  private static void send(ControlClient client, List<String> part, boolean continued)
      throws ControlException {
    ObjectNode request = request("rules");
    part.forEach(request.putArray("lines")::add);
    client.ask(continued ? request.put("continued", true) : request);
  }

  private void tell(JsonNode answer) {
    Table table =
        table("service", "flows", "moved", "unprotected", "hash moved", "unavoidable", "change");
    for (JsonNode change : answer.path("services")) {
      table.row(
          change.path("service").asText(),
          change.path("liveFlows").longValue(),
          change.path("flowsMoved").longValue(),
          change.path("flowsUnprotected").longValue(),
          change.has("hashShareMoved") ? share(change.path("hashShareMoved")) : "-",
          share(change.path("unavoidableShare")),
          change.path("summary").asText());
    }
    print(table);
  }

  private static String share(JsonNode share) {
    return String.format(Locale.ROOT, "%.1f %%", share.doubleValue() * 100);
  }
}
