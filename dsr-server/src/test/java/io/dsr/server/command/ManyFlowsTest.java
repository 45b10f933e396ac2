package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.server.control.Commands;
import io.dsr.server.control.FakeBalancer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(120)
final class ManyFlowsTest {

  private static final long MILLIONS = 3_000_000;
  private static final long SOME = 200_000;

  @TempDir private Path directory;

  @Test
  void countsMillionsPageByPage() throws IOException {
    var balancer = new FakeBalancer(MILLIONS);
    try (var dsr = new CommandLineFixture(directory, balancer)) {
      assertThat(dsr.run("flows", "--count", "--state", "FIN_WAIT")).isZero();

      assertThat(dsr.out()).containsExactly(Long.toString(MILLIONS / 10));
      assertThat(balancer.pages).allMatch(size -> size <= Commands.COUNTED_PAGE);
    }
  }

  @Test
  void listsAllOfThemHoldingNoMoreThanAPage() throws IOException {
    var balancer = new FakeBalancer(SOME);
    var lines = new LineCounter();
    try (var dsr = new CommandLineFixture(directory, balancer)) {
      int code =
          new CommandLine(new FlowsCommand())
              .setOut(new PrintWriter(lines))
              .execute("--all", "--control", dsr.socket.toString());

      assertThat(code).isZero();
      assertThat(lines.count).isEqualTo(SOME + 1);
      assertThat(balancer.pages).hasSize((int) (SOME / Commands.PAGE));
    }
  }

  @Test
  void stopsWhenNobodyReadsAnyMore() throws IOException {
    var balancer = new FakeBalancer(Long.MAX_VALUE);
    try (var dsr = new CommandLineFixture(directory, balancer)) {
      int code =
          new CommandLine(new FlowsCommand())
              .setOut(new PrintWriter(new BrokenPipe()))
              .execute("--all", "--control", dsr.socket.toString());

      assertThat(code).isZero();
      assertThat(balancer.pages).hasSizeLessThan(3);
    }
  }

  @Test
  void showsTheFirstFiftyAndHowToSeeMore() throws IOException {
    try (var dsr = new CommandLineFixture(directory, new FakeBalancer(MILLIONS))) {
      assertThat(dsr.run("flows")).isZero();

      assertThat(dsr.out()).hasSize(51);
      assertThat(dsr.errors())
          .isEqualTo(
              String.format(
                  Locale.ROOT,
                  "50 shown, there may be more: --all shows all, --count counts them%n"));
    }
  }

  @Test
  void searchesOnWherePagesHoldNothing() throws IOException {
    try (var dsr = new CommandLineFixture(directory, new FakeBalancer(MILLIONS))) {
      // One in 65,536, with many empty pages between them.
      assertThat(dsr.run("flows", "--client", "10.0.255.254")).isZero();

      assertThat(dsr.out()).hasSize((int) (MILLIONS / 65_536) + 1);
      assertThat(dsr.errors()).isEmpty();
    }
  }

  @Test
  void tellsThatThereAreMoreSessionsThanItCounts() throws IOException {
    try (var dsr = new CommandLineFixture(directory, new FakeBalancer(MILLIONS))) {
      assertThat(dsr.run("sessions", "--count")).isZero();
      assertThat(dsr.out()).containsExactly("10000 or more");

      assertThat(dsr.run("sessions", "--all")).isZero();
      assertThat(dsr.out()).hasSize(10_001);
      assertThat(dsr.errors())
          .contains("10,000 shown, there are more: narrow the list with --service");
    }
  }

  private static final class LineCounter extends Writer {

    private long count;

    @Override
    public void write(char[] text, int offset, int length) {
      for (int i = offset; i < offset + length; i++) {
        count += text[i] == '\n' ? 1 : 0;
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private static final class BrokenPipe extends Writer {

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
      throw new IOException("Broken pipe");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
