package io.dsr.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class NetlinkMessageTest {

  @Test
  void readsWhatWasWritten() {
    byte[] bytes = new NetlinkRequest(18, 0).header(10, 16).attribute(3, "eth0").encode(7);
    var message = NetlinkMessage.first(MemorySegment.ofArray(bytes));

    assertThat(message.isValid()).isTrue();
    assertThat(message.type()).isEqualTo(18);
    assertThat(message.sequence()).isEqualTo(7);
    assertThat(message.bytes(16, 3)).isEqualTo("eth0\0".getBytes(StandardCharsets.UTF_8));
    assertThat(message.attribute(16, 4)).isNull();
    assertThat(message.next().isValid()).isFalse();
  }

  @Test
  void readsNothingPastTheEndOfRandomBytes() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(96)];
      random.nextBytes(bytes);
      if (bytes.length > 3) {
        bytes[1] = bytes[2] = bytes[3] = 0;
      }
      var message = NetlinkMessage.first(MemorySegment.ofArray(bytes));
      for (; message.isValid(); message = message.next()) {
        int number = message.number(8, 1, -1) ^ message.error();
        assertThat(message.next().rest().byteSize())
            .as("seed %d, %d", seed, number)
            .isLessThan(message.rest().byteSize());
      }
    }
  }
}
