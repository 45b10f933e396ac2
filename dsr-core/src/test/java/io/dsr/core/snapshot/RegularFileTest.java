package io.dsr.core.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RegularFileTest {

  @TempDir private Path directory;

  @Test
  void takesNoFifoThatWasThereForTheOpeningAlone() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    try (var opened = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertReplaced(opened, file);
    }
  }

  @Test
  void takesNoOtherFileThatWasThereForTheOpeningAlone() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[] {1, 2});
    Path other = Files.write(directory.resolve("other"), new byte[] {1, 2, 3});

    try (var opened = FileChannel.open(other, StandardOpenOption.READ)) {
      assertReplaced(opened, file);
    }
  }

  private static void assertReplaced(FileChannel opened, Path file) {
    assertThatThrownBy(() -> RegularFile.checkOpened(opened, file, RegularFile.attributes(file)))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " was replaced while it was opened (cure: try again)");
  }
}
