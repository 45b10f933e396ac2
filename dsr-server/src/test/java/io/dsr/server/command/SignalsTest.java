package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.server.command.Signals.Wish;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SignalsTest {

  private final Signals signals = new Signals();

  @Test
  void makesOneReloadOfManyThatWait() throws InterruptedException {
    for (int i = 0; i < 500; i++) {
      signals.reload();
    }

    assertThat(next()).isEqualTo(Wish.RELOAD);
    assertThat(next()).isEqualTo(Wish.NONE);
  }

  @Test
  void endsBeforeItReloads() throws InterruptedException {
    signals.reload();
    signals.end();
    signals.reload();

    assertThat(signals.isEnding()).isTrue();
    assertThat(next()).isEqualTo(Wish.END);
    assertThat(next()).isEqualTo(Wish.END);
  }

  @Test
  void reloadsAgainForASignalThatComesDuringAReload() throws InterruptedException {
    signals.reload();
    assertThat(next()).isEqualTo(Wish.RELOAD);
    signals.reload();

    assertThat(next()).isEqualTo(Wish.RELOAD);
  }

  @Test
  void tellsAllWhoAskedOfTheOneReloadThatComesOfIt() throws Exception {
    var first = signals.reloadAndTell().toCompletableFuture();
    var second = signals.reloadAndTell().toCompletableFuture();

    assertThat(next()).isEqualTo(Wish.RELOAD);
    signals.takeWaiting().forEach(each -> each.complete(List.of("reload: done")));

    assertThat(first.get()).isEqualTo(second.get()).containsExactly("reload: done");
    assertThat(signals.takeWaiting()).isEmpty();
    assertThat(next()).isEqualTo(Wish.NONE);
  }

  private Wish next() throws InterruptedException {
    return signals.await(Duration.ZERO);
  }
}
