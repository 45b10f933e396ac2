package io.dsr.server.command;

import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A service, as status shows it or as ipvsadm writes it, and the words after it. */
final class ServiceOptions {

  @Option(
      names = {"-t", "--tcp-service"},
      paramLabel = "VIP:PORT",
      description = "The TCP service in ipvsadm's form, instead of SERVICE.")
  private @Nullable String tcp;

  @Option(
      names = {"-u", "--udp-service"},
      paramLabel = "VIP:PORT",
      description = "The UDP service, instead of SERVICE.")
  private @Nullable String udp;

  @Option(
      names = "--sctp-service",
      paramLabel = "VIP:PORT",
      description = "The SCTP service, instead of SERVICE.")
  private @Nullable String sctp;

  @Parameters(
      arity = "1..*",
      paramLabel = "WORD",
      description =
          "SERVICE as dsr status prints it, such as tcp 192.0.2.10:80, then the other arguments.")
  private List<String> words = new ArrayList<>();

  ServiceOptions() {}

  /**
   * A service, and what came after it.
   *
   * @param service as {@link io.dsr.core.ServiceKey#toString} has it
   */
  record Named(String service, List<String> rest) {
    Named {
      rest = List.copyOf(rest);
    }
  }

  /** Returns the service and the words after it, of which there must be as many. */
  Named named(int rest, String expected) throws ControlException {
    List<String> given = new ArrayList<>();
    add(given, "tcp", tcp);
    add(given, "udp", udp);
    add(given, "sctp", sctp);
    int own = 0;
    if (given.isEmpty()) {
      own = words.getFirst().strip().indexOf(' ') < 0 ? 2 : 1;
      given.add(String.join(" ", words.subList(0, Math.min(own, words.size()))));
    }
    if (given.size() > 1 || words.size() - own != rest) {
      throw ControlException.usage(
          "\""
              + String.join(" ", words)
              + "\" (expected: "
              + expected
              + ", where SERVICE is tcp 192.0.2.10:80 or -t 192.0.2.10:80)");
    }
    return new Named(
        ArgumentParser.service(given.getFirst()).toString(), words.subList(own, words.size()));
  }

  private static void add(List<String> given, String protocol, @Nullable String endpoint) {
    if (endpoint != null) {
      given.add(protocol + " " + endpoint);
    }
  }
}
