package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BalancerThreadTest {

  @Test
  void runsTheNextTaskWhateverATaskThrows() throws Exception {
    var thread = BalancerThread.named("on-purpose");
    thread.execute(() -> {
      throw new AssertionError("on purpose");
    });
    thread.execute(() -> {
      throw new StackOverflowError("on purpose");
    });

    assertThat(thread.submit(() -> "done").get(10, TimeUnit.SECONDS)).isEqualTo("done");
    assertThat(thread.schedule(() -> "later", 1, TimeUnit.MILLISECONDS).get(10, TimeUnit.SECONDS))
        .isEqualTo("later");
    thread.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    assertThat(thread.isTerminated()).isTrue();
  }

  @Test
  void runsWhatWasGivenBeforeItsEnd() throws Exception {
    var thread = BalancerThread.named("on-purpose");
    var first = thread.submit(() -> "first");
    var last = thread.submit(() -> "last");
    thread.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();

    assertThat(first.getNow()).isEqualTo("first");
    assertThat(last.getNow()).isEqualTo("last");
  }
}
