package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class RunCommandTest {

  private final StringWriter errors = new StringWriter();
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "--stats=0, '--stats: 0 (expected: 1 or more seconds)'",
    "--stats=-1, '--stats: -1 (expected: 1 or more seconds)'",
    "--silence=loud, '--silence: loud (expected: auto, tcx, nftables or none)'"
  })
  void refusesBadOptions(String option, String message) {
    assertThat(run("--interface=eth0", "--rules=-", option)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString()).contains(message);
  }

  @Test
  void needsAnInterfaceAndRules() {
    assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString()).contains("--interface=IF").contains("--rules=FILE|-");
  }

  @Test
  void takesAMissingFileForWrongUsage() {
    String missing = directory.resolve("missing").toString();

    assertThat(run("--interface=eth0", "--rules=" + missing)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString())
        .contains("--rules: " + missing + " does not exist (expected: a rules file, or -)");
  }

  private int run(String... arguments) {
    return new CommandLine(new RunCommand())
        .setErr(new PrintWriter(errors, true))
        .execute(arguments);
  }
}
