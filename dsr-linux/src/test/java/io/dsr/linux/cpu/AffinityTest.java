package io.dsr.linux.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

final class AffinityTest {

  @Test
  void bindsTheCallingThreadAndNoOther() throws Exception {
    int allowed = Affinity.ofThread().cardinality();
    int last = Affinity.ofThread().length() - 1;
    var bound =
        new FutureTask<>(() -> {
          Affinity.bindThread(last);
          return Affinity.ofThread();
        });
    Thread.ofPlatform().start(bound);

    assertThat(bound.get().stream()).containsExactly(last);
    assertThat(Affinity.ofThread().cardinality()).isEqualTo(allowed);
  }

  @Test
  void refusesACpuThatIsNotThere() throws Exception {
    var bound =
        new FutureTask<>(() -> {
          Affinity.bindThread(8_191);
          return true;
        });
    Thread.ofPlatform().start(bound);

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(bound::get)
        .withMessageContaining("sched_setaffinity(CPU 8191)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Affinity.bindThread(8_192))
        .withMessage("cpu: 8192 (expected: 0 to 8191)");
  }
}
