package io.dsr.server.command;

import io.dsr.rules.convert.RulesConverter;
import io.dsr.rules.convert.RulesConverter.Conversion;
import io.dsr.rules.convert.RulesConverter.Format;
import io.dsr.rules.convert.UnreadableException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the rules that another balancer's set-up comes to, and tells what it does not carry. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description =
        "Convert another balancer's configuration to rules for dsr run, on standard output.",
    footer = {
      "",
      "Standard error lists everything that is not carried over, with its line.",
      "Exit codes: 0 if nothing that affects traffic was left out (\"note:\" lines do not);",
      "1 if something was; 2 for wrong usage or an unreadable file."
    })
public final class ConvertCommand implements Callable<Integer> {

  private static final int LOSSES = 1;
  private static final int USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORM",
      description =
          "keepalived (keepalived.conf), ldirectord (ldirectord.cf), nftlb (its JSON) or ipvsadm (-S -n).")
  private String from = "";

  @Parameters(paramLabel = "FILE|-", description = "The file to convert; - for standard input.")
  private String file = "";

  /** Creates the command with its defaults. */
  public ConvertCommand() {}

  /**
   * Converts; returns 0, or 1 if what was left out changes traffic, or 2 for an unreadable file.
   */
  @Override
  public Integer call() {
    PrintWriter errors = spec.commandLine().getErr();
    try {
      Conversion conversion =
          RulesConverter.convert(
              format(), file, TextFile.lines(file, System.in, "a file to convert"));
      conversion.rules().forEach(spec.commandLine().getOut()::println);
      spec.commandLine().getOut().flush();
      conversion.warnings().forEach(errors::println);
      errors.flush();
      return conversion.changesTraffic() ? LOSSES : 0;
    } catch (UnreadableException e) {
      errors.println(file + ":" + e.getMessage());
      return USAGE;
    } catch (IOException e) {
      errors.println("convert: " + e.getMessage());
      return USAGE;
    }
  }

  private Format format() {
    return switch (from.toLowerCase(Locale.ROOT)) {
      case "keepalived" -> Format.KEEPALIVED;
      case "ldirectord" -> Format.LDIRECTORD;
      case "nftlb" -> Format.NFTLB;
      case "ipvsadm" -> Format.IPVSADM;
      default ->
          throw new ParameterException(
              spec.commandLine(),
              "--from: " + from + " (expected: keepalived, ldirectord, nftlb or ipvsadm)");
    };
  }
}
