package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import io.dsr.lab.RunningBalancer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts the frames that pass a host's interface, by a tcpdump that does not know of us. */
final class Witness implements AutoCloseable {

  private static final Pattern CAPTURED = Pattern.compile("(\\d+) packets? captured");
  private static final int PCAP_HEADER = 24;
  private static final int PCAP_RECORD = 16;
  private static final int PCAP_CAPTURED = 8;
  private static final Pattern DROPPED = Pattern.compile("(\\d+) packets? dropped by kernel");

  private final Process process;
  private final BufferedReader said;
  private final Path file;

  private Witness(Process process, Path file) {
    this.process = process;
    this.said = process.errorReader();
    this.file = file;
  }

  /** Begins to count what {@code filter}, in the words of pcap-filter(7), describes. */
  static Witness of(Host host, String filter) throws IOException {
    Path file = Files.createTempFile("dsr-witness", ".pcap");
    var witness =
        new Witness(
            host.namespace()
                .processBuilder(
                    List.of(
                        // 64 MiB, so that it misses nothing, and the file as whoever runs this.
                        "tcpdump",
                        "--immediate-mode",
                        "-n",
                        "-p",
                        "-U",
                        "-s",
                        "128",
                        "-B",
                        "65536",
                        "-Z",
                        "root",
                        "-i",
                        host.networkInterface(),
                        "-w",
                        file.toString(),
                        filter))
                .start(),
            file);
    witness.awaitLine("listening on");
    return witness;
  }

  /** Returns how many frames have come so far, of those that tcpdump has read. */
  long countSoFar() throws IOException {
    ByteBuffer capture = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    long frames = 0;
    int at = PCAP_HEADER;
    while (at + PCAP_RECORD <= capture.limit()) {
      at += PCAP_RECORD + capture.getInt(at + PCAP_CAPTURED);
      frames += at <= capture.limit() ? 1 : 0;
    }
    return frames;
  }

  /** Ends counting once there are so many, and returns how many there were. */
  long count(long expected) throws Exception {
    RunningBalancer.awaitTrue(expected + " frames at a witness", () -> countSoFar() >= expected);
    return count();
  }

  /** Ends counting, and returns how many frames there were. */
  long count() throws Exception {
    // Time for tcpdump to read what has come.
    Thread.sleep(300);
    // Not the process's own destroy, which closes what it has yet to say.
    process.toHandle().destroy();
    var text = new StringBuilder();
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      text.append(line).append('\n');
    }
    process.waitFor();
    if (number(DROPPED, text) != 0) {
      throw new IOException("the witness missed frames: " + text);
    }
    return number(CAPTURED, text);
  }

  /** Ends counting, and returns the frames, each cut after 128 octets. */
  List<byte[]> frames() throws Exception {
    long expected = count();
    List<byte[]> frames = new ArrayList<>();
    // The file format of pcap-savefile(5), in the byte order of this host.
    ByteBuffer capture = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    capture.position(PCAP_HEADER);
    while (capture.hasRemaining()) {
      byte[] frame = new byte[capture.getInt(capture.position() + PCAP_CAPTURED)];
      capture.position(capture.position() + PCAP_RECORD).get(frame);
      frames.add(frame);
    }
    if (frames.size() != expected) {
      throw new IOException("the witness wrote " + frames.size() + " of " + expected + " frames");
    }
    return frames;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(file);
  }

  private void awaitLine(String beginning) throws IOException {
    var text = new StringBuilder();
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.contains(beginning)) {
        return;
      }
      text.append(line).append('\n');
    }
    throw new IOException("tcpdump: " + text);
  }

  private static long number(Pattern pattern, CharSequence text) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("tcpdump said: " + text);
    }
    return Long.parseLong(matcher.group(1));
  }
}
