package io.dsr.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProcessImageTest {

  private static final String ALL_CLEAR = "0000000000000000";

  @Test
  void keepsTheProcessNumberAndAddsToTheEnvironment() throws Exception {
    var result =
        ChildProgram.run(
            ChildProgram.java(
                ImageReplacer.class, "sh", "-c", "echo \"$$ $DSR_ADDED ${PATH:+kept}\""));

    assertThat(result.status()).isZero();
    assertThat(result.output()).isEqualTo(result.pid() + " by replace kept");
  }

  @Test
  void leavesNoSignalBlocked() throws Exception {
    var result =
        ChildProgram.run(
            ChildProgram.java(ImageReplacer.class, "grep", "SigBlk", "/proc/self/status"));

    assertThat(result.output()).isEqualTo("SigBlk:\t" + ALL_CLEAR);
  }

  @Test
  void ignoresNoSignalThatWasNotIgnoredBefore() throws Exception {
    long before = ignored(ChildProgram.run(List.of("grep", "SigIgn", "/proc/self/status")));
    long after =
        ignored(
            ChildProgram.run(
                ChildProgram.java(ImageReplacer.class, "grep", "SigIgn", "/proc/self/status")));

    assertThat(after & ~before).isZero();
  }

  @Test
  void leavesNoFileOpenThatJavaOpened() throws Exception {
    var result =
        ChildProgram.run(ChildProgram.java(ImageReplacer.class, "ls", "-l", "/proc/self/fd"));

    assertThat(result.output()).contains("0 -> ").doesNotContain(ImageReplacer.OPEN_FILE);
  }

  @Test
  void returnsByAnExceptionWhereThereIsNoSuchProgram() {
    assertThatThrownBy(() -> ProcessImage.replace(List.of("/no/such/program"), Map.of()))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessageContaining("/no/such/program");
  }

  @Test
  void refusesAnEmptyCommand() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProcessImage.replace(List.of(), Map.of()))
        .withMessageContaining("command: []");
  }

  @Test
  void readsTheCommandLineThatStartedThisProcess() throws Exception {
    assertThat(ProcessImage.commandLine()).first().asString().endsWith("/bin/java");
    assertThat(ProcessImage.commandLine()).hasSizeGreaterThan(1);
  }

  private static long ignored(ChildProgram.Result status) {
    return Long.parseUnsignedLong(status.output().replace("SigIgn:\t", ""), 16);
  }
}
