package io.dsr.rules.convert;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Turns another balancer's configuration into rules of dsr. Has no state: safe for any thread. */
public final class RulesConverter {

  private RulesConverter() {}

  /** What a configuration is written for. */
  public enum Format {
    /** A keepalived.conf. */
    KEEPALIVED,
    /** An ldirectord.cf. */
    LDIRECTORD,
    /** The JSON of nftlb. */
    NFTLB,
    /** What {@code ipvsadm -S -n} prints. */
    IPVSADM
  }

  /**
   * What a configuration comes to.
   *
   * @param rules lines for {@link io.dsr.rules.RulesParser}, none if nothing becomes a service
   * @param warnings what is not carried over, {@code NAME:LINE: WHAT} each, in the order of the
   *     lines
   * @param changesTraffic whether anything that is not carried over changes traffic
   */
  public record Conversion(List<String> rules, List<String> warnings, boolean changesTraffic) {

    /** Copies its lists. */
    public Conversion {
      rules = List.copyOf(rules);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Returns the rules that a configuration comes to, and what they do not carry.
   *
   * @param name what the configuration is called in warnings, as a file
   * @param lines all of it
   * @throws UnreadableException if it is not of that format
   */
  public static Conversion convert(Format format, String name, List<String> lines)
      throws UnreadableException {
    var warnings = new Warnings(name);
    List<String> rules = rules(format, withoutMark(lines), warnings);
    if (rules.isEmpty()) {
      warnings.loss(1, "no service can be made from it");
    }
    return new Conversion(rules, warnings.lines(), warnings.changeTraffic());
  }

  /** Returns the lines without the byte order mark that some editors write in front. */
  private static List<String> withoutMark(List<String> lines) {
    if (lines.isEmpty() || !lines.getFirst().startsWith("\ufeff")) {
      return lines;
    }
    List<String> rest = new ArrayList<>(lines);
    rest.set(0, lines.getFirst().substring(1));
    return rest;
  }

  private static List<String> rules(Format format, List<String> lines, Warnings warnings)
      throws UnreadableException {
    try {
      return switch (format) {
        case KEEPALIVED -> KeepalivedFile.rules(lines, warnings);
        case LDIRECTORD -> LdirectordFile.rules(lines, warnings);
        case NFTLB -> NftlbFile.rules(String.join("\n", lines), warnings);
        case IPVSADM -> IpvsadmFile.rules(lines, warnings);
      };
    } catch (IOException e) { // what is read is in memory
      throw new UncheckedIOException(e);
    }
  }
}
