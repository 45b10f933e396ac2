package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class TotalServerCountersTest {

  private static final int LOOKS = 2_000_000;

  private final ServerCounters loop = new ServerCounters(2);
  private final TotalServerCounters total =
      new TotalServerCounters(List.of(loop, new ServerCounters(2)));

  @Test
  void aSlotIsIdleOnceItsLastConnectionIsForgotten() {
    assertThat(total.isIdle(1)).isTrue();
    loop.opened(1, false);
    loop.opened(1, true);
    loop.closed(1, true);
    assertThat(total.isIdle(1)).isFalse();
    assertThat(total.isIdle(0)).isTrue();
    loop.closed(1, false);
    assertThat(total.isIdle(1)).isTrue();
  }

  @Test
  void aConnectionIsNotOverlookedWhileItsStateChanges() throws Exception {
    loop.opened(1, false);
    var done = new AtomicBoolean();
    var changing =
        new Thread(() -> {
          while (!done.get()) {
            loop.activated(1);
            loop.deactivated(1);
          }
        });
    changing.start();
    int idle = 0;
    try {
      for (int look = 0; look < LOOKS; look++) {
        idle += total.isIdle(1) ? 1 : 0;
      }
    } finally {
      done.set(true);
      changing.join();
    }

    assertThat(idle).isZero();
  }
}
