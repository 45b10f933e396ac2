package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.examples.demo.DemoCommand;
import io.dsr.server.command.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class BundledMainTest {

  private static final int WRONG_USAGE = 2;

  private final StringWriter errors = new StringWriter();

  @Test
  void namesTheCommandsIfThereIsNone() {
    var commands = Main.commands(new DemoCommand()).setErr(new PrintWriter(errors));

    assertThat(commands.execute()).isEqualTo(WRONG_USAGE);

    assertThat(errors.toString()).startsWith("no command (expected: run, demo, convert, status");
  }
}
