package io.dsr.server.command;

import java.io.PrintWriter;
import java.util.List;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code dsr}. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
    name = "dsr",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A layer-4 load balancer for direct server return.",
    footer = "%nIn a source tree, ./dsr bench compares it with its peers.")
public final class Main implements Runnable {

  private static final int FAILED = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(commands().execute(arguments));
  }

  /**
   * Returns all commands, and how they tell of failures.
   *
   * @param more commands of a program that has others too; they stand behind {@code run}
   */
  public static CommandLine commands(Object... more) {
    CommandLine commands = new CommandLine(new Main());
    commands.addSubcommand(new RunCommand());
    for (Object command : more) {
      commands.addSubcommand(command);
    }
    commands
        .addSubcommand(new ConvertCommand())
        .addSubcommand(new StatusCommand())
        .addSubcommand(new FlowsCommand())
        .addSubcommand(new SessionsCommand())
        .addSubcommand(new ExplainCommand())
        .addSubcommand(new PreviewCommand())
        .addSubcommand(new ReloadCommand())
        .addSubcommand(new SetCommand())
        .addSubcommand(new DrainCommand())
        .addSubcommand(new UndrainCommand())
        .addSubcommand(new SnapshotCommand())
        .addSubcommand(new CheckCommand())
        .addSubcommand(new GenerateCompletion());
    commands.setExecutionExceptionHandler((failure, command, parsed) -> {
      PrintWriter errors = command.getErr();
      String message = failure.getMessage();
      errors.println(command.getCommandName() + ": " + (message == null ? failure : message));
      return FAILED;
    });
    IParameterExceptionHandler telling = commands.getParameterExceptionHandler();
    commands.setParameterExceptionHandler(
        (failure, arguments) -> telling.handleParseException(unknownFirst(failure), arguments));
    return commands;
  }

  /** For a mistyped required option, reports the word instead of a missing option. */
  private static ParameterException unknownFirst(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    List<String> unknown =
        command.getUnmatchedArguments().stream().filter(word -> word.startsWith("-")).toList();
    return failure instanceof MissingParameterException && !unknown.isEmpty()
        ? new UnmatchedArgumentException(command, unknown)
        : failure;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "no command (expected: " + String.join(", ", spec.subcommands().keySet()) + ")");
  }
}
