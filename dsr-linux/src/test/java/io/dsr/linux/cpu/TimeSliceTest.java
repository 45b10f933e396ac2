package io.dsr.linux.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

final class TimeSliceTest {

  private static <T> T onThread(Callable<T> task) throws Exception {
    var future = new FutureTask<>(task);
    Thread.ofPlatform().start(future);
    return future.get();
  }

  @Test
  void givesTheCallingThreadTheSliceAndNoOther() throws Exception {
    long ours = TimeSlice.ofThread();

    long theirs =
        onThread(() -> {
          assertThat(TimeSlice.request(TimeSlice.SHORTEST_NANOS)).isTrue();
          return TimeSlice.ofThread();
        });

    // Before Linux 6.12 the kernel tells of no slice, and gives none.
    assertThat(theirs).isEqualTo(ours == 0 ? 0 : TimeSlice.SHORTEST_NANOS);
    assertThat(TimeSlice.ofThread()).isEqualTo(ours);
  }

  @Test
  void refusesSlicesThatTheKernelWouldChange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TimeSlice.request(99_999))
        .withMessage("nanos: 99999 (expected: 100000 to 100000000)");
    assertThatIllegalArgumentException().isThrownBy(() -> TimeSlice.request(100_000_001));
  }
}
