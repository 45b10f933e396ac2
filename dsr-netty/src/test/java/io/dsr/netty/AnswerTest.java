package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AnswerTest {

  private final EventExecutor executor = new DefaultEventExecutor();

  @AfterEach
  void end() {
    var _ = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Test
  void endsAsItsTaskEnds() {
    var good = Answer.by(executor, () -> "done", executor::inEventLoop);
    var bad =
        Answer.by(
            executor,
            () -> {
              throw new IOException("refused");
            },
            executor::inEventLoop);

    assertThat(good.join()).isEqualTo("done");
    assertThatThrownBy(bad::get).cause().isInstanceOf(IOException.class).hasMessage("refused");
  }

  @Test
  void failsAsClosedWhereItsThreadOrAnotherThatItNeedsHasEnded() throws Exception {
    var ended = new DefaultEventExecutor();
    ended.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();

    var refused = Answer.by(ended, () -> "done", ended::inEventLoop);
    var underWay =
        Answer.by(executor, () -> ended.submit(() -> "done").get(), executor::inEventLoop);

    for (var each : List.of(refused, underWay)) {
      assertThatThrownBy(each::get)
          .cause()
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessage("closed")
          .hasCauseInstanceOf(RejectedExecutionException.class);
    }
  }

  @Test
  void runsDependentsOnItsOwnThread() throws Exception {
    var go = new CountDownLatch(1);
    var answer =
        Answer.by(
            executor,
            () -> {
              go.await();
              return "done";
            },
            executor::inEventLoop);
    CompletableFuture<Boolean> dependent = answer.thenApply(done -> executor.inEventLoop());
    go.countDown();

    assertThat(dependent.get()).isTrue();
  }

  @Test
  void cannotBeWaitedForOnAThreadThatItWaitsFor() throws Exception {
    var never = new Answer<String>(executor::inEventLoop);
    CompletableFuture<String> dependent = never.thenApply(String::trim);

    executor
        .submit(() -> {
          assertThatIllegalStateException()
              .isThrownBy(never::join)
              .withMessageContaining("a thread of the balancer");
          assertThatIllegalStateException().isThrownBy(never::get);
          assertThatIllegalStateException().isThrownBy(() -> never.get(1, TimeUnit.DAYS));
          assertThatIllegalStateException().isThrownBy(dependent::join);
          never.complete("done ");
          assertThat(dependent.join()).isEqualTo("done");
        })
        .get();
  }

  @Test
  void failsAtOnceWhereItsThreadHasEnded() throws Exception {
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();

    var answer = Answer.by(executor, () -> "done", executor::inEventLoop);

    assertThat(answer.isCompletedExceptionally()).isTrue();
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("closed");
  }
}
