package io.dsr.examples;

import io.dsr.examples.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The bundled program. */
@Command(name = "dsr", subcommands = DemoCommand.class)
public final class Main {

  private Main() {}

  /** Runs. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
