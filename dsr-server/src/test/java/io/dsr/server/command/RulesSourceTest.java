package io.dsr.server.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.rules.RulesReload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class RulesSourceTest {

  private static final String WEB =
      """
      -A -t 192.0.2.10:80 -s rr
      -a -t 192.0.2.10:80 -r 192.0.2.21 -g
      """;
  private static final VirtualService SERVICE =
      VirtualService.tcp("192.0.2.10", 80)
          .scheduler(Schedulers.roundRobin())
          .realServer("192.0.2.21");

  private final List<String> told = new ArrayList<>();
  private final Target target = new Target();
  @TempDir private Path directory;

  @Test
  void readsAFile() throws Exception {
    assertThat(file(WEB).read().services()).containsExactly(SERVICE);
  }

  @Test
  void readsStandardInput() throws Exception {
    assertThat(standardInput(WEB).read().services()).containsExactly(SERVICE);
  }

  @Test
  void saysWhyAFileCannotBeRead() throws Exception {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> source(missing).read())
        .isInstanceOf(IOException.class)
        .hasMessage(missing + " does not exist (expected: a rules file, or -)");
    assertThatThrownBy(() -> source(directory).read())
        .isInstanceOf(IOException.class)
        .hasMessage(directory + " is a directory (expected: a rules file, or -)");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {'-', (byte) 0xff});
    assertThatThrownBy(() -> source(binary).read())
        .isInstanceOf(IOException.class)
        .hasMessage(binary + " is not text (expected: UTF-8)");
  }

  @Test
  void appliesAChangedFileAndSaysWhatChangedInOneLine() throws Exception {
    reload(file(WEB), () -> false);

    assertThat(target.services).containsExactly(SERVICE);
    assertThat(lines())
        .containsExactly("reload: 1 added (tcp 192.0.2.10:80), 0 changed, 0 removed");
  }

  @Test
  void takesAFileWithoutServicesForASlipOfTheHand() throws Exception {
    target.services = List.of(SERVICE);

    reload(file("# nothing\n"), () -> false);

    String message =
        directory.resolve("rules")
            + " has no service (expected: -A and -a lines, as ipvsadm -S -n prints them; to stop"
            + " balancing, end dsr with SIGTERM)";
    assertThat(target.services).containsExactly(SERVICE);
    assertThat(lines()).containsExactly("reload: rejected, the old rules stay: " + message);
    assertThatThrownBy(() -> file("").read()).isInstanceOf(IOException.class).hasMessage(message);
  }

  @Test
  void saysThatAnotherDefenceWaitsForTheNextStart() throws Exception {
    RulesSource source = file(WEB);
    source.read();
    file(WEB + "--defence new-flows=5\n");

    reload(source, () -> false);
    reload(source, () -> false);

    assertThat(lines())
        .containsExactly(
            "reload: 1 added (tcp 192.0.2.10:80), 0 changed, 0 removed",
            "reload: the old --defence stays until dsr restarts",
            "reload: 0 added, 0 changed, 0 removed",
            "reload: the old --defence stays until dsr restarts");
  }

  @Test
  void refusesAFileWithFaultsWhole() throws Exception {
    target.services = List.of(SERVICE);

    reload(file("-A -t 192.0.2.11:80\n-D\n-C\n"), () -> false);

    assertThat(target.services).containsExactly(SERVICE);
    assertThat(lines()).hasSize(3);
    assertThat(lines().get(0)).startsWith(directory.resolve("rules") + ":2: -D (a change)");
    assertThat(lines().get(1)).startsWith(directory.resolve("rules") + ":3: -C (a change)");
    assertThat(lines().get(2)).isEqualTo("reload: rejected, the old rules stay");
  }

  @Test
  void keepsTheOldRulesIfTheFileIsGoneOrTheBalancerRefuses() throws Exception {
    target.services = List.of(SERVICE);

    reload(source(directory.resolve("gone")), () -> false);
    target.refusal = new IOException("no room");
    reload(file(WEB), () -> false);

    assertThat(target.services).containsExactly(SERVICE);
    assertThat(lines())
        .containsExactly(
            "reload: rejected, the old rules stay: "
                + directory.resolve("gone")
                + " does not exist (expected: a rules file, or -)",
            "reload: rejected, the old rules stay: no room");
  }

  @Test
  void keepsTheOldRulesWhateverIsThrown() throws Exception {
    target.services = List.of(SERVICE);

    target.refusal = new OutOfMemoryError("Java heap space");
    reload(file(WEB), () -> false);
    target.refusal = null;
    target.thrown = new StackOverflowError();
    reload(file(WEB), () -> false);

    assertThat(target.services).containsExactly(SERVICE);
    assertThat(lines())
        .containsExactly(
            "reload: rejected, the old rules stay: out of memory: Java heap space (cure: java -Xmx"
                + " with more)",
            "reload: rejected, the old rules stay: java.lang.StackOverflowError");
  }

  @Test
  @Timeout(20)
  void waitsForNoReloadOnceTheProcessIsToEnd() throws Exception {
    target.never = true;

    reload(file(WEB), () -> true);

    assertThat(lines()).containsExactly("reload: the balancer ends");
  }

  @Test
  void endsThoughTheFileIsAFifoThatNobodyWrites() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(() ->
            assertThatCode(() -> reload(source(fifo), () -> true)).doesNotThrowAnyException());

    try {
      assertThat(ended).succeedsWithin(Duration.ofSeconds(10));
      assertThat(lines()).containsExactly("reload: the balancer ends");
    } finally {
      FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
    }
  }

  @Test
  void doesNotReadStandardInputAgain() throws Exception {
    reload(standardInput(WEB), () -> false);

    assertThat(target.services).isEmpty();
    assertThat(lines())
        .containsExactly(
            "reload: rejected, the rules came from standard input (expected: --rules FILE)");
  }

  private RulesSource file(String text) throws IOException {
    return source(Files.writeString(directory.resolve("rules"), text));
  }

  private static RulesSource source(Path file) {
    return new RulesSource(file.toString(), InputStream.nullInputStream());
  }

  private static RulesSource standardInput(String text) {
    return new RulesSource("-", new ByteArrayInputStream(text.getBytes(UTF_8)));
  }

  /** Reloads, and keeps what was told of it. */
  private void reload(RulesSource source, BooleanSupplier isEnding) throws Exception {
    source
        .reload(target, isEnding)
        .handle((lines, failure) ->
            lines == null ? String.valueOf(failure.getMessage()).lines().toList() : lines)
        .get()
        .forEach(told::add);
  }

  private List<String> lines() {
    return told;
  }

  private static final class Target implements RulesReload.Target {

    private List<VirtualService> services = List.of();
    private @Nullable Throwable refusal;
    private @Nullable Error thrown;
    private boolean never;

    @Override
    public List<VirtualService> services() {
      return services;
    }

    @Override
    public CompletionStage<Void> apply(Collection<VirtualService> wanted) {
      if (refusal != null) {
        return CompletableFuture.failedStage(refusal);
      }
      if (thrown != null) {
        throw thrown;
      }
      if (never) {
        return new CompletableFuture<>();
      }
      services = List.copyOf(wanted);
      return CompletableFuture.completedStage(null);
    }
  }
}
