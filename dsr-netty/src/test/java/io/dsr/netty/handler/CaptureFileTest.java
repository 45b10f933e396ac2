package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CaptureFileTest {

  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00.000000042Z");

  @TempDir Path folder;

  @Test
  void writesAFileHeaderAndARecordAFrame() throws Exception {
    Path file = folder.resolve("capture.pcap");
    var writer = new CaptureFile(file, InstantSource.fixed(NOON));
    ByteBuf frame = Unpooled.copiedBuffer(new byte[] {9, 9, 1, 2, 3}).skipBytes(2);
    writer.write(frame);
    writer.close();
    assertThat(writer.awaitClosed(5_000)).isTrue();

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(24 + 16 + 3);
    assertThat(bytes.getInt(0)).isEqualTo(0xa1b2_3c4d);
    assertThat(bytes.getInt(20)).isEqualTo(1);
    assertThat(bytes.getInt(24)).isEqualTo((int) NOON.getEpochSecond());
    assertThat(bytes.getInt(28)).isEqualTo(42);
    assertThat(bytes.getInt(32)).isEqualTo(3);
    assertThat(bytes.getInt(36)).isEqualTo(3);
    assertThat(bytes.get(42)).isEqualTo((byte) 3);
    assertThat(frame.readerIndex()).isEqualTo(2);
  }

  @Test
  void keepsEveryFrameInOrderOverManyChunks() throws Exception {
    Path file = folder.resolve("long.pcap");
    var writer = new CaptureFile(file, InstantSource.fixed(NOON));
    ByteBuf frame = Unpooled.buffer(1_000).writeZero(1_000);
    int written = 0;
    for (int number = 0; number < 5_000; number++) {
      long before = writer.dropped();
      writer.write(frame.setInt(0, number));
      written += writer.dropped() == before ? 1 : 0;
      writer.flush();
    }
    writer.close();
    assertThat(writer.awaitClosed(5_000)).isTrue();

    assertThat(Files.size(file)).isEqualTo(24 + written * 1_016L);
    assertThat(written + writer.dropped()).isEqualTo(5_000);
  }

  @Test
  void dropsAndCountsWhatComesAfterClose() throws Exception {
    var writer = new CaptureFile(folder.resolve("closed.pcap"), InstantSource.system());
    writer.close();
    writer.close();
    writer.write(Unpooled.buffer().writeZero(60));

    assertThat(writer.dropped()).isEqualTo(1);
  }

  @Test
  void belongsToItsOwnerAloneAndReplacesARegularFileOnly() throws Exception {
    Path file = Files.writeString(folder.resolve("old.pcap"), "an older capture");
    new CaptureFile(file, InstantSource.system()).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Path link = Files.createSymbolicLink(folder.resolve("link.pcap"), victim);
    assertThatThrownBy(() -> new CaptureFile(link, InstantSource.system()).close())
        .hasMessage(link + " is a symbolic link (expected: a regular file)");
    assertThat(victim).hasContent("precious");
  }
}
