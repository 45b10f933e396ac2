package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
  private static final int LONGEST_LINE = 8_000;

  @Parameters(paramLabel = "RULESFILE", description = "A rules file, as for dsr run --rules.")
  private Path file = Path.of("");

  /** Creates the command. */
  public PreviewCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    send(client, lines());
    ObjectNode answer = client.ask(request("preview").put("name", file.toString()));
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
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw ControlException.usage(file + " does not exist (expected: a rules file)");
    } catch (CharacterCodingException e) {
      throw ControlException.usage(file + " is not text (expected: UTF-8)");
    } catch (IOException e) {
      throw ControlException.usage(
          file + " cannot be read: " + e.getMessage() + " (expected: a rules file)");
    }
  }

  /** Sends the lines in parts, none longer than a request may be even if all is escaped. */
  private void send(ControlClient client, List<String> lines) throws ControlException {
    ObjectNode request = request("rules");
    ArrayNode part = request.putArray("lines");
    int size = 0;
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (line.length() > LONGEST_LINE) {
        throw ControlException.usage(
            file
                + ":"
                + number
                + ": "
                + line.length()
                + " characters (expected: at most "
                + LONGEST_LINE
                + ")");
      }
      if (size + line.length() + 2 > CHUNK) {
        client.ask(request);
        part.removeAll();
        size = 0;
      }
      part.add(line);
      size += line.length() + 2;
    }
    client.ask(request);
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
