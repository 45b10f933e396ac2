package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();
  @TempDir private Path directory;

  @Test
  void takesWhatRunTakes() throws IOException {
    Path rules =
        Files.writeString(
            directory.resolve("rules"),
            "-A -t 192.0.2.10:80\n-a -t 192.0.2.10:80 -r 192.0.2.21 -g\n-A -u 192.0.2.10:53\n");

    assertThat(check(rules)).isZero();
    assertThat(out.toString().strip()).isEqualTo(rules + ": 2 services, 1 real servers");
    assertThat(errors.toString()).isEmpty();
  }

  @Test
  void namesFileAndLineOfEachFaultAndExitsAsRunDoes() throws IOException {
    Path rules = Files.writeString(directory.resolve("rules"), "-D\n\n-A -t nonsense\n");

    assertThat(check(rules)).isEqualTo(2);
    assertThat(errors.toString().lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith(rules + ":1: "))
        .anyMatch(line -> line.startsWith(rules + ":3: "));
    assertThat(check(directory.resolve("missing"))).isEqualTo(2);
    assertThat(errors.toString()).contains("missing does not exist (expected: a rules file, or -)");
  }

  private int check(Path rules) {
    return Main.commands()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(errors, true))
        .execute("check", rules.toString());
  }
}
