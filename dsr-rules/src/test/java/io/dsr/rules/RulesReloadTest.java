package io.dsr.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RulesReloadTest {

  private static final String WEB =
      """
      -A -t 192.0.2.10:80 -s rr
      -a -t 192.0.2.10:80 -r 192.0.2.21 -g
      """;
  private static final String MORE_WEB = WEB + "-a -t 192.0.2.10:80 -r 192.0.2.22 -g\n";
  private static final ServiceKey KEY = VirtualService.tcp("192.0.2.10", 80).key();

  private final FakeTarget target = new FakeTarget();
  @TempDir private Path directory;
  private Path file = Path.of("");
  private RulesReload reload = RulesReload.of(file);

  @BeforeEach
  void start() throws Exception {
    file = Files.writeString(directory.resolve("rules"), WEB);
    reload = RulesReload.of(file);
    target.services = reload.read().services();
  }

  @Test
  void appliesWhatTheFileSaysNowAndTellsTheDifference() throws Exception {
    Files.writeString(file, MORE_WEB);

    var outcome = reload.reload(target).toCompletableFuture().get();

    assertThat(outcome.diff()).isEqualTo(new RulesDiff(List.of(), List.of(KEY), List.of()));
    assertThat(outcome.admissionDiffers()).isFalse();
    assertThat(target.services)
        .singleElement()
        .satisfies(service -> assertThat(service.realServers()).hasSize(2));
  }

  @Test
  void findsNothingIfNothingHasChanged() throws Exception {
    assertThat(reload.reload(target).toCompletableFuture().get().diff().isEmpty()).isTrue();
  }

  @Test
  void tellsEachTimeThatAnotherAdmissionWaitsForTheNextStart() throws Exception {
    Files.writeString(file, WEB + "--defence new-flows=5\n");

    assertThat(reload.reload(target).toCompletableFuture().get().admissionDiffers()).isTrue();
    assertThat(reload.reload(target).toCompletableFuture().get().admissionDiffers()).isTrue();

    Files.writeString(file, WEB);
    assertThat(reload.reload(target).toCompletableFuture().get().admissionDiffers()).isFalse();
  }

  @Test
  void keepsTheOldRulesIfALineIsWrong() throws Exception {
    List<VirtualService> before = target.services;
    Files.writeString(file, MORE_WEB + "-D\n");

    assertThatThrownBy(() -> reload.reload(target).toCompletableFuture().get())
        .hasCauseInstanceOf(RulesException.class)
        .hasMessageContaining(file + ":4: -D (a change)");
    assertThat(target.services).isSameAs(before);
  }

  @Test
  void keepsTheOldRulesIfTheFileIsGoneOrEmpty() throws Exception {
    List<VirtualService> before = target.services;
    Files.writeString(file, "# nothing\n");
    assertThatThrownBy(() -> reload.reload(target).toCompletableFuture().get())
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining(
            file + " has no service (expected: -A and -a lines, as ipvsadm -S -n prints them)");

    Files.delete(file);
    assertThatThrownBy(() -> reload.reload(target).toCompletableFuture().get())
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining(file + " does not exist (expected: a rules file)");
    assertThat(target.services).isSameAs(before);
  }

  @Test
  void failsAsTheBalancerDoes() throws Exception {
    Files.writeString(file, MORE_WEB);
    target.refusal = new IllegalArgumentException("no room");

    assertThatThrownBy(() -> reload.reload(target).toCompletableFuture().get())
        .cause()
        .isSameAs(target.refusal);
  }

  @Test
  void failsInItsStageWhateverIsThrown() {
    var exhausted =
        new RulesReload(() -> {
          throw new OutOfMemoryError("Java heap space");
        });

    assertThatThrownBy(() -> exhausted.reload(target).toCompletableFuture().get())
        .hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void saysWhyAFileCannotBeRead() throws Exception {
    assertThatThrownBy(() -> RulesReload.of(directory).read())
        .isInstanceOf(IOException.class)
        .hasMessage(directory + " is a directory (expected: a rules file)");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {'-', (byte) 0xff});
    assertThatThrownBy(() -> RulesReload.of(binary).read())
        .isInstanceOf(IOException.class)
        .hasMessage(binary + " is not text (expected: UTF-8)");
  }

  private static final class FakeTarget implements RulesReload.Target {

    private List<VirtualService> services = List.of();
    private @Nullable RuntimeException refusal;

    @Override
    public List<VirtualService> services() {
      return services;
    }

    @Override
    public CompletionStage<Void> apply(Collection<VirtualService> wanted) {
      if (refusal != null) {
        return CompletableFuture.failedStage(refusal);
      }
      services = List.copyOf(wanted);
      return CompletableFuture.completedStage(null);
    }
  }
}
