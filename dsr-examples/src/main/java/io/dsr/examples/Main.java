package io.dsr.examples;

import io.dsr.examples.convert.ConvertCommand;
import io.dsr.examples.demo.DemoCommand;
import io.dsr.examples.run.RunCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The bundled program. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
    name = "dsr",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A layer-4 load balancer for direct server return.",
    subcommands = {RunCommand.class, DemoCommand.class, ConvertCommand.class})
public final class Main implements Runnable {

  private static final int FAILED = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    CommandLine commands = new CommandLine(new Main());
    commands.setExecutionExceptionHandler((failure, command, parsed) -> {
      PrintWriter errors = command.getErr();
      String message = failure.getMessage();
      errors.println(command.getCommandName() + ": " + (message == null ? failure : message));
      return FAILED;
    });
    System.exit(commands.execute(arguments));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command (expected: run, demo or convert)");
  }
}
