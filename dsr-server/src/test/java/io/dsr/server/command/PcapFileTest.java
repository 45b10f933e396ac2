package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.server.control.ControlException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PcapFileTest {

  private static final int MICROSECONDS = 0xa1b2c3d4;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"BIG_ENDIAN,0xa1b2c3d4", "LITTLE_ENDIAN,0xa1b2c3d4", "LITTLE_ENDIAN,0xa1b23c4d"})
  void takesAFrameByItsNumber(String order, String magic) throws Exception {
    Path file = write(capture(order(order), (int) (long) Long.decode(magic), 1));

    assertThat(PcapFile.frame(file, 1)).containsExactly(1, 2, 3);
    assertThat(PcapFile.frame(file, 2)).containsExactly(4);
    assertThatThrownBy(() -> PcapFile.frame(file, 3))
        .hasMessageContaining("ends after frame 2 (expected: a frame of the file)");
    assertThatThrownBy(() -> PcapFile.frame(file, 0)).hasMessageContaining("1 or more");
  }

  @Test
  void refusesWhatIsNoCaptureOfEthernet() throws IOException {
    byte[] good = capture(ByteOrder.BIG_ENDIAN, MICROSECONDS, 1);
    assertRefused(capture(ByteOrder.BIG_ENDIAN, MICROSECONDS, 113), "link type 113 (expected: 1");
    assertRefused(
        capture(ByteOrder.BIG_ENDIAN, 0x0a0d0d0a, 1), "is a pcapng file (cure: tcpdump -r");
    assertRefused(new byte[] {1, 2}, "is not a capture");
    assertRefused(Arrays.copyOf(good, 30), "frame 1 is cut off");
    assertRefused(Arrays.copyOf(good, 41), "frame 1 is cut off");
    byte[] long1 = good.clone();
    long1[32] = (byte) 0x80;
    assertRefused(long1, "frame 1 has a length of -");
  }

  private void assertRefused(byte[] content, String message) throws IOException {
    Path file = write(content);
    assertThatThrownBy(() -> PcapFile.frame(file, 1))
        .isInstanceOf(ControlException.class)
        .hasMessageContaining(message);
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(directory.resolve("f.pcap"), content);
  }

  private static ByteOrder order(String name) {
    return name.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  private static byte[] capture(ByteOrder order, int magic, int link) {
    ByteBuffer file = ByteBuffer.allocate(24 + 19 + 17).order(order);
    file.putInt(magic).putShort((short) 2).putShort((short) 4).putLong(0);
    file.putInt(65_535).putInt(link);
    file.putInt(1).putInt(2).putInt(3).putInt(3).put(new byte[] {1, 2, 3});
    file.putInt(1).putInt(2).putInt(1).putInt(60).put((byte) 4);
    return file.array();
  }
}
