package io.dsr.linux.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.linux.Errno;
import org.junit.jupiter.api.Test;

final class NumberedCallTest {

  private static final int GETPID_AMD64 = 39;
  private static final int GETPID_AARCH64 = 172;
  private static final int SCHED_GETATTR_AMD64 = 315;
  private static final int SCHED_GETATTR_AARCH64 = 275;

  @Test
  void takesTheNumberOfTheArchitecture() {
    assertThat(NumberedCall.of("amd64", 321, 280).number()).isEqualTo(321);
    assertThat(NumberedCall.of("x86_64", 321, 280).number()).isEqualTo(321);
    assertThat(NumberedCall.of("aarch64", 321, 280).number()).isEqualTo(280);
    assertThat(NumberedCall.of("s390x", 321, 280).number()).isNegative();
  }

  @Test
  void returnsWhatTheKernelReturns() {
    assertThat(NumberedCall.of(GETPID_AMD64, GETPID_AARCH64).invoke(0, 0, 0, 0))
        .isEqualTo((int) ProcessHandle.current().pid());
  }

  @Test
  void returnsANegativeErrorNumberWhereACallFails() {
    assertThat(NumberedCall.of(SCHED_GETATTR_AMD64, SCHED_GETATTR_AARCH64).invoke(0, 0, 0, 0))
        .isEqualTo(-Errno.EINVAL);
    assertThat(NumberedCall.of("s390x", 1, 1).invoke(0, 0, 0, 0)).isEqualTo(-Errno.ENOSYS);
  }
}
