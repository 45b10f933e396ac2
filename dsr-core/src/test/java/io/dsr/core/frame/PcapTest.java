package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PcapTest {

  private static final int MICROSECONDS = 0xa1b2c3d4;

  @RepeatedTest(3)
  void readsWhatItWrote() throws IOException {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    byte[][] frames = new byte[100][];
    long[] times = new long[100];
    var file = new ByteArrayOutputStream();
    try (var writer = new PcapWriter(file)) {
      for (int i = 0; i < frames.length; i++) {
        frames[i] = new byte[random.nextInt(2_000)];
        random.nextBytes(frames[i]);
        times[i] = random.nextLong(4_000_000_000_000_000_000L);
        var frame = Unpooled.wrappedBuffer(new byte[] {9}, frames[i]).skipBytes(1);
        writer.write(times[i], frame);
        assertThat(frame.readerIndex()).isEqualTo(1);
      }
    }

    try (var reader = new PcapReader(new ByteArrayInputStream(file.toByteArray()))) {
      for (int i = 0; i < frames.length; i++) {
        assertThat(reader.next()).as("seed %d", seed).isTrue();
        assertThat(reader.frame()).as("seed %d, frame %d", seed, i).isEqualTo(frames[i]);
        assertThat(reader.epochNanos()).as("seed %d", seed).isEqualTo(times[i]);
        assertThat(reader.length()).isEqualTo(frames[i].length);
        assertThat(reader.count()).isEqualTo(i + 1);
      }
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void writesTheSameIntoABuffer() throws IOException {
    var frame = Unpooled.wrappedBuffer(new byte[] {1, 2, 3});
    var file = new ByteArrayOutputStream();
    try (var writer = new PcapWriter(file)) {
      writer.write(1_234_567_890_123_456_789L, frame);
    }
    ByteBuffer buffer = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
    PcapWriter.header(buffer);
    PcapWriter.record(buffer, 1_234_567_890_123_456_789L, frame);

    assertThat(Arrays.copyOf(buffer.array(), buffer.position())).isEqualTo(file.toByteArray());
  }

  @Test
  void cutsAFrameThatIsLongerThanAnybodyReads() throws IOException {
    var file = new ByteArrayOutputStream();
    try (var writer = new PcapWriter(file)) {
      writer.write(0, Unpooled.wrappedBuffer(new byte[300_000]));
    }

    var reader = new PcapReader(new ByteArrayInputStream(file.toByteArray()));
    assertThat(reader.next()).isTrue();
    assertThat(reader.frame()).hasSize(PcapWriter.SNAP_LENGTH);
    assertThat(reader.length()).isEqualTo(300_000);
  }

  @ParameterizedTest
  @CsvSource({"BIG,0xa1b2c3d4,1000", "LITTLE,0xa1b2c3d4,1000", "LITTLE,0xa1b23c4d,1"})
  void readsEitherByteOrderAndEitherUnitOfTime(String order, String magic, int nanos)
      throws IOException {
    ByteOrder bytes = order.equals("BIG") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    var reader = reader(capture(bytes, (int) (long) Long.decode(magic), 1));

    assertThat(reader.next()).isTrue();
    assertThat(reader.frame()).containsExactly(1, 2, 3);
    assertThat(reader.epochNanos()).isEqualTo(1_000_000_000L + 2L * nanos);
    assertThat(reader.next()).isTrue();
    assertThat(reader.frame()).containsExactly(4);
    assertThat(reader.length()).isEqualTo(60);
    assertThat(reader.next()).isFalse();
  }

  @Test
  void refusesWhatIsNoCaptureOfEthernet() {
    assertThatThrownBy(() -> reader(capture(ByteOrder.BIG_ENDIAN, MICROSECONDS, 113)))
        .isInstanceOf(PcapReader.NoCaptureException.class)
        .hasMessage("has link type 113 (expected: 1, Ethernet)");
    assertThatThrownBy(() -> reader(capture(ByteOrder.BIG_ENDIAN, 0x0a0d0d0a, 1)))
        .isInstanceOf(PcapReader.NoCaptureException.class)
        .hasMessageContaining("is a pcapng file");
    assertThatThrownBy(() -> reader(new byte[] {1, 2}))
        .isInstanceOf(PcapReader.NoCaptureException.class)
        .hasMessageContaining("is not a capture");
  }

  @Test
  void refusesAFrameThatIsCutOffOrImpossiblyLong() throws IOException {
    byte[] good = capture(ByteOrder.BIG_ENDIAN, MICROSECONDS, 1);
    for (int length : new int[] {30, 41}) {
      var cut = reader(Arrays.copyOf(good, length));
      assertThatThrownBy(cut::next)
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("frame 1");
    }
    good[32] = (byte) 0x80;
    var hostile = reader(good);
    assertThatThrownBy(hostile::next).hasMessageContaining("frame 1 has a length of -");
  }

  private static PcapReader reader(byte[] file) throws IOException {
    return new PcapReader(new ByteArrayInputStream(file));
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
