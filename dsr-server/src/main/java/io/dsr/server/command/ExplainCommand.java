package io.dsr.server.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.server.control.ArgumentParser;
import io.dsr.server.control.ControlClient;
import io.dsr.server.control.ControlException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what the balancer would do with a frame, and why. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description = "Show what a running balancer would do with a frame now, and why.")
public final class ExplainCommand extends ControlCommand {

  private static final int LONGEST_FRAME = 48_000;

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  @Option(
      names = "--flags",
      paramLabel = "FLAGS",
      description = "TCP flags for --tcp, such as ack or fin,ack (default: syn).")
  private @Nullable String flags;

  @Option(
      names = "--index",
      paramLabel = "N",
      description = "Which frame of --pcap (default: 1, the first).")
  private @Nullable Integer index;

  /** Creates the command. */
  public ExplainCommand() {}

  /** Where the frame comes from. */
  static final class Source {

    @Option(
        names = "--tcp",
        arity = "2",
        paramLabel = "ADDRESS:PORT",
        description = "A TCP segment from a client (first) to a VIP (second).")
    private List<String> tcp = List.of();

    @Option(
        names = "--udp",
        arity = "2",
        paramLabel = "ADDRESS:PORT",
        description = "A UDP datagram from a client (first) to a VIP (second).")
    private List<String> udp = List.of();

    @Option(
        names = "--frame",
        paramLabel = "HEX",
        description = "An Ethernet frame in hexadecimal; colons and spaces are ignored.")
    private @Nullable String hex;

    @Option(names = "--pcap", paramLabel = "FILE", description = "A frame from a capture file.")
    private @Nullable Path pcap;

    Source() {}
  }

  @Override
  int run(ControlClient client) throws ControlException {
    byte[] frame = frame();
    if (frame.length > LONGEST_FRAME) {
      throw ControlException.usage(
          "a frame of " + frame.length + " bytes (expected: at most " + LONGEST_FRAME + ")");
    }
    ObjectNode request = request("explain").put("frame", Base64.getEncoder().encodeToString(frame));
    ObjectNode answer = client.ask(request);
    if (isJson()) {
      print(answer);
    } else {
      tell(answer);
    }
    return 0;
  }

  private byte[] frame() throws ControlException {
    if (flags != null && source.tcp.isEmpty()) {
      throw ControlException.usage("--flags without --tcp (expected: both)");
    }
    if (index != null && source.pcap == null) {
      throw ControlException.usage("--index without --pcap (expected: both)");
    }
    if (source.tcp.size() > 2 || source.udp.size() > 2) {
      throw ControlException.usage("two frames (expected: one --tcp or --udp)");
    }
    if (!source.tcp.isEmpty()) {
      int octet = ProbeFrame.flags(flags == null ? "syn" : flags);
      return ProbeFrame.tcp(client("--tcp", source.tcp), vip("--tcp", source.tcp), octet);
    }
    if (!source.udp.isEmpty()) {
      return ProbeFrame.udp(client("--udp", source.udp), vip("--udp", source.udp));
    }
    if (source.hex != null) {
      return octets(source.hex);
    }
    if (source.pcap == null) {
      throw ControlException.usage("no frame (expected: --tcp, --udp, --frame or --pcap)");
    }
    return PcapFile.frame(source.pcap, index == null ? 1 : index);
  }

  private static InetSocketAddress client(String option, List<String> both)
      throws ControlException {
    return ArgumentParser.endpoint(both.getFirst(), option + " client");
  }

  private static InetSocketAddress vip(String option, List<String> both) throws ControlException {
    return ArgumentParser.endpoint(both.getLast(), option + " VIP");
  }

  private static byte[] octets(String text) throws ControlException {
    try {
      return HexFormat.of().parseHex(text.replaceAll("[:\\s]", ""));
    } catch (IllegalArgumentException e) {
      throw ControlException.usage(
          "--frame: " + e.getMessage() + " (expected: pairs of hexadecimal digits)");
    }
  }

  private void tell(JsonNode answer) {
    answer.path("steps").forEach(step -> out().println(step.asText()));
    if (!answer.path("candidates").isEmpty()) {
      out().println("The scheduler " + answer.path("scheduler").asText("") + " chose from:");
      print(candidates(answer));
    }
    out().println(verdict(answer));
  }

  private Table candidates(JsonNode answer) {
    Table table = table("server", "weight", "override", "now", "active", "inactive", "note");
    for (JsonNode each : answer.path("candidates")) {
      table.row(
          each.path("server").asText(),
          each.path("weight").intValue(),
          each.has("override") ? each.path("override").intValue() : "",
          each.path("effectiveWeight").intValue(),
          each.path("active").intValue(),
          each.path("inactive").intValue(),
          each.path("reason").asText());
    }
    return table;
  }

  private static String verdict(JsonNode answer) {
    String verdict = answer.path("verdict").asText();
    if (!answer.path("forwards").booleanValue()) {
      return verdict + ": it is not forwarded.";
    }
    String mac = answer.has("mac") ? " at " + answer.path("mac").asText() : "";
    return verdict + ": it goes to " + answer.path("server").asText("a server") + mac + ".";
  }
}
