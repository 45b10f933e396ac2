package io.dsr.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ClaimedNameTest {

  private static final int PID = (int) ProcessHandle.current().pid();
  private static final String NAME = "dsr-test/" + PID + "/name";

  @Test
  void showsOthersWhoHoldsANameUntilItIsGivenUp() throws Exception {
    int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    try (var claimed = ClaimedName.claim(NAME)) {
      assertThat(claimed.name()).isEqualTo(NAME);
      assertThat(ClaimedName.names("dsr-test/" + PID)).containsExactly(NAME);
      assertThat(ClaimedName.holder(NAME)).hasValue(new ClaimedName.Holder(PID, uid));
      assertThatThrownBy(() -> ClaimedName.claim(NAME).close())
          .isInstanceOf(LinuxException.class)
          .hasMessage("bind(@" + NAME + "): EADDRINUSE (address in use)");
    }

    assertThat(ClaimedName.names("dsr-test/" + PID)).isEmpty();
    assertThat(ClaimedName.holder(NAME)).isEmpty();
    ClaimedName.claim(NAME).close();
  }

  @Test
  void canBeAskedAgainOnceThoseWhoAskedTooOftenAreDismissed() throws Exception {
    try (var claimed = ClaimedName.claim(NAME)) {
      assertThatThrownBy(
              () -> {
                for (int asked = 0; asked < 10_000; asked++) {
                  assertThat(ClaimedName.holder(NAME)).isPresent();
                }
              })
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("EAGAIN");

      claimed.dismiss();
      assertThat(ClaimedName.holder(NAME)).isPresent();
    }
  }

  @Test
  void refusesANameThatTheKernelCannotHold() {
    assertThatThrownBy(() -> ClaimedName.claim("x".repeat(108)).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: 1 to 107 characters)");
    assertThatThrownBy(() -> ClaimedName.claim("").close())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
