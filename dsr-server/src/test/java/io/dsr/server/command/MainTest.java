package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class MainTest {

  private static final int WRONG_USAGE = 2;

  private final StringWriter errors = new StringWriter();
  private final CommandLine commands = Main.commands().setErr(new PrintWriter(errors));

  @Test
  void namesAMistypedOptionAndTheOneThatWasMeant() {
    assertThat(commands.execute("run", "--interfaces", "eth0", "--rules", "f"))
        .isEqualTo(WRONG_USAGE);

    assertThat(errors.toString())
        .startsWith("Unknown option: '--interfaces'")
        .containsPattern("Possible solutions: .*--interface(,|\\s|$)")
        .doesNotContain("Missing required");
  }

  @Test
  void writesCompletionsForAShell() {
    var out = new StringWriter();

    assertThat(commands.setOut(new PrintWriter(out)).execute("generate-completion")).isZero();

    assertThat(out.toString()).contains("complete -F _complete_dsr").contains("--max-servers");
  }

  @Test
  void namesWhatIsMissing() {
    assertThat(commands.execute("run", "--rules", "f")).isEqualTo(WRONG_USAGE);

    assertThat(errors.toString()).startsWith("Missing required option: '--interface=IF'");
  }

  @Test
  void namesTheCommandsIfThereIsNone() {
    assertThat(commands.execute()).isEqualTo(WRONG_USAGE);

    assertThat(errors.toString()).startsWith("no command (expected: run, convert, status");
  }
}
