package io.dsr.examples;

import io.dsr.examples.demo.DemoCommand;

/** The bundled program: {@code dsr} and its demo. */
public final class Main {

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(io.dsr.server.command.Main.commands(new DemoCommand()).execute(arguments));
  }
}
