package io.dsr.core.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.ServiceKey;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.persistence.StoredEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class SnapshotTest {

  private static final ServiceKey WEB = ServiceKey.parse("tcp 192.0.2.10:80");
  private static final ServiceKey WEB6 = ServiceKey.parse("tcp [2001:db8::10]:80");
  private static final InetAddress A = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress B = InetAddress.ofLiteral("2001:db8::21");
  private static final long MILLISECOND = 1_000_000;

  @TempDir private Path directory;

  @RepeatedTest(3)
  void readsWhatItWrote() throws IOException {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    List<SnapshotRecord> records = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      boolean ipv6 = random.nextBoolean();
      String service = (ipv6 ? WEB6 : WEB).toString();
      records.add(
          random.nextInt(4) == 0
              ? new SnapshotRecord.Client(entry(random, ipv6), service, ipv6 ? B : A)
              : new SnapshotRecord.Flow(flow(random, ipv6), service, ipv6 ? B : A));
    }

    Path file = write(records);

    assertThat(read(file)).as("seed %d", seed).isEqualTo(records);
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void leavesTheOldFileWhereItDoesNotFinish() throws IOException {
    Path file = write(List.of());
    byte[] before = Files.readAllBytes(file);
    try (var writer = new SnapshotWriter(file)) {
      writer.flow(flow(new Random(1), false), WEB, A);
    }

    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void deletesWhatWritersOfTheSamePlaceLeftThatAreGone() throws Exception {
    Path abandoned = old(file("snapshot.7f3a.part", new byte[] {1}));
    Path written = file("snapshot.80000001.part", new byte[] {1});
    Path of = old(file("other.7f3a.part", new byte[] {1}));
    Path kept = old(file("snapshot.kept.part", new byte[] {1}));
    Path folder = old(Files.createDirectory(directory.resolve("snapshot.1.part")));

    Path file = write(List.of());

    assertThat(abandoned).doesNotExist();
    assertThat(List.of(written, of, kept, folder, file))
        .allSatisfy(each -> assertThat(each).exists());
  }

  private static Path old(Path file) throws IOException {
    return Files.setLastModifiedTime(
        file, FileTime.from(Instant.now().minus(Duration.ofMinutes(11))));
  }

  @Test
  void refusesByNameWhatIsMissingDamagedOrNoSnapshot() throws IOException {
    Path good = write(List.of(new SnapshotRecord.Flow(flow(new Random(1), false), "tcp x", A)));
    byte[] octets = Files.readAllBytes(good);

    assertRefused(directory.resolve("none"), "does not exist (expected: a snapshot)");
    assertRefused(
        file("hosts", "127.0.0.1 localhost".getBytes(StandardCharsets.US_ASCII)),
        "is not a snapshot");
    assertRefused(file("empty", new byte[0]), "is not a snapshot");
    assertRefused(file("short", Arrays.copyOf(octets, 10)), "ends before its checksum");
    assertRefused(file("cut", Arrays.copyOf(octets, octets.length - 7)), "checksum is wrong");
    octets[20] ^= 1;
    assertRefused(file("changed", octets), "is damaged: its checksum is wrong");
    octets[7] = 2;
    assertRefused(file("newer", octets), "is not a snapshot of this version");
  }

  @Test
  void takesWhatHasAGoodChecksumForHostileToo() throws IOException {
    List<SnapshotRecord> records = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      records.add(new SnapshotRecord.Flow(flow(new Random(i), i % 2 == 0), WEB.toString(), A));
      records.add(new SnapshotRecord.Client(entry(new Random(i), i % 2 == 0), "tcp x", B));
    }
    byte[] good = Files.readAllBytes(write(records));
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int run = 0; run < 500; run++) {
      byte[] bad = Arrays.copyOf(good, 8 + 13 + random.nextInt(good.length - 21));
      for (int i = random.nextInt(3); i >= 0; i--) {
        bad[8 + random.nextInt(bad.length - 12)] ^= (byte) (1 << random.nextInt(8));
      }
      Path file = file("hostile", checked(bad));
      try {
        read(file);
      } catch (IOException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining(file + " is damaged: ");
      }
    }
  }

  @Test
  void countsWhatItReads() throws IOException {
    byte[] octets = Files.readAllBytes(write(List.of()));
    octets[8 + 1 + 7] = 3;
    Path file = file("count", checked(octets));

    assertThatThrownBy(() -> read(file)).hasMessageContaining("0 records (expected: 3)");
  }

  @Test
  void readsNoRecordOfAFileThatEndsWithoutItsMarkOrGoesOnBehindIt() throws IOException {
    var flow = new SnapshotRecord.Flow(flow(new Random(1), false), "tcp x", A);
    byte[] good = Files.readAllBytes(write(List.of(flow, flow)));

    byte[] noEnd = checked(Arrays.copyOf(good, good.length - 9));
    assertRefused(file("no-end", noEnd), "is damaged: it ends inside a record");
    byte[] wrongCount = good.clone();
    wrongCount[good.length - 5] = 7;
    assertRefused(file("count", checked(wrongCount)), "is damaged: 2 records (expected: 7)");
    byte[] more = checked(Arrays.copyOf(good, good.length + 5));
    more[good.length - 4] = 0;
    assertRefused(file("more", checked(more)), "is damaged: 5 octets behind its end");
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void readsRegularFilesOnlyAndWaitsForNoFifo() throws Exception {
    Path good = write(List.of());
    Path link = Files.createSymbolicLink(directory.resolve("link"), good);
    assertRefused(link, "is a symbolic link (expected: a regular file)");
    assertRefused(directory, "is a directory (expected: a regular file)");
    assertRefused(fifo("fifo"), "is a FIFO, a socket or a device (expected: a regular file)");
  }

  @Test
  void readsTheFileThatItOpenedThoughAnotherReplacesIt() throws IOException {
    var flow = new SnapshotRecord.Flow(flow(new Random(1), false), "tcp x", A);
    Path file = write(List.of(flow, flow, flow));
    try (var reader = new SnapshotReader(file)) {
      write(List.of());

      for (int i = 0; i < 3; i++) {
        assertThat(reader.next()).isNotNull();
      }
      assertThat(reader.next()).isNull();
    }
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void failsWhereTheFileIsTruncatedMeanwhile() throws IOException {
    var flow = new SnapshotRecord.Flow(flow(new Random(1), false), "tcp x", A);
    Path file = write(Collections.nCopies(10_000, flow));
    try (var reader = new SnapshotReader(file)) {
      Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(500_000 / 2).close();

      assertThatThrownBy(
              () -> {
                while (reader.next() != null) {
                  // until it fails
                }
              })
          .hasMessage(file + " was truncated while it was read");
    }
  }

  @Test
  void writesForTheOwnerAloneAndFollowsNoLink() throws IOException {
    Path victim = file("victim", new byte[] {1, 2, 3});
    Files.createSymbolicLink(directory.resolve("snapshot.part"), victim);

    Path file = write(List.of());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(victim).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void replacesARegularFileOnly() throws Exception {
    Path victim = file("victim", new byte[] {1, 2, 3});
    Path link = Files.createSymbolicLink(directory.resolve("link"), victim);
    assertThatThrownBy(() -> new SnapshotWriter(link).close())
        .hasMessage(link + " is a symbolic link (expected: a regular file)");
    Path fifo = fifo("fifo");
    assertThatThrownBy(() -> new SnapshotWriter(fifo).close())
        .hasMessage(fifo + " is a FIFO, a socket or a device (expected: a regular file)");
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  private Path fifo(String name) throws Exception {
    Path fifo = directory.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    return fifo;
  }

  private static byte[] checked(byte[] octets) {
    var checksum = new CRC32C();
    checksum.update(octets, 0, octets.length - 4);
    java.nio.ByteBuffer.wrap(octets).putInt(octets.length - 4, (int) checksum.getValue());
    return octets;
  }

  private void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> new SnapshotReader(file).close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  private Path file(String name, byte[] octets) throws IOException {
    return Files.write(directory.resolve(name), octets);
  }

  private Path write(List<SnapshotRecord> records) throws IOException {
    Path file = directory.resolve("snapshot");
    try (var writer = new SnapshotWriter(file)) {
      for (SnapshotRecord record : records) {
        ServiceKey key = record.server().equals(B) ? WEB6 : WEB;
        switch (record) {
          case SnapshotRecord.Flow of -> writer.flow(of.flow(), key, of.server());
          case SnapshotRecord.Client of -> writer.client(of.entry(), key, of.server());
        }
      }
      assertThat(writer.finish()).isEqualTo(records.size());
    }
    return file;
  }

  private static List<SnapshotRecord> read(Path file) throws IOException {
    List<SnapshotRecord> records = new ArrayList<>();
    try (var reader = new SnapshotReader(file)) {
      for (var record = reader.next(); record != null; record = reader.next()) {
        records.add(record);
      }
      assertThat(reader.next()).isNull();
    }
    return records;
  }

  private static StoredFlow flow(Random random, boolean ipv6) {
    return new StoredFlow(
        ipv6,
        ipv6 ? random.nextLong() : 0,
        ipv6 ? random.nextLong() : random.nextInt() & 0xffff_ffffL,
        ipv6 ? random.nextLong() : 0,
        ipv6 ? random.nextLong() : random.nextInt() & 0xffff_ffffL,
        random.nextInt(65_536),
        random.nextInt(65_536),
        random.nextInt(256),
        random.nextBoolean() ? "ESTABLISHED" : "UDP",
        random.nextInt(Integer.MAX_VALUE) * MILLISECOND,
        random.nextInt(),
        random.nextBoolean(),
        random.nextInt(),
        random.nextLong(1L << 48),
        0,
        0);
  }

  private static StoredEntry entry(Random random, boolean ipv6) {
    return new StoredEntry(
        ipv6,
        ipv6 ? random.nextLong() : 0,
        ipv6 ? random.nextLong() : random.nextInt() & 0xffff_ffffL,
        random.nextInt(65_536),
        ipv6 ? random.nextLong() : 0,
        ipv6 ? random.nextLong() : random.nextInt() & 0xffff_ffffL,
        random.nextInt(65_536),
        random.nextInt(256),
        0,
        0,
        random.nextInt(Integer.MAX_VALUE) * MILLISECOND);
  }
}
