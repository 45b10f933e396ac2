package io.dsr.server.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Exports the flows and persistence entries of a balancer, or imports a snapshot. */
@Command(
    name = "snapshot",
    mixinStandardHelpOptions = true,
    description =
        "Export the flows and persistence entries of a running balancer to a file, or import them.")
public final class SnapshotCommand extends ControlCommand {

  @Parameters(index = "0", paramLabel = "export|import", description = "What to do.")
  private String direction = "";

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "The file; the balancer opens it, with its own permissions.")
  private Path file = Path.of("");

  /** Creates the command. */
  public SnapshotCommand() {}

  @Override
  int run(ControlClient client) throws ControlException {
    boolean export = direction.equals("export");
    if (!export && !direction.equals("import")) {
      throw ControlException.usage("snapshot", direction, "export or import");
    }
    ObjectNode request = request(export ? "snapshot-export" : "snapshot-import");
    ObjectNode answer = client.ask(request.put("file", file.toAbsolutePath().toString()));
    if (isJson()) {
      print(answer);
    } else {
      out()
          .printf(
              Locale.ROOT,
              "%s %,d records %s %s%n",
              export ? "wrote" : "took",
              answer.path("records").longValue(),
              export ? "to" : "from",
              answer.path("file").asText());
    }
    return 0;
  }
}
