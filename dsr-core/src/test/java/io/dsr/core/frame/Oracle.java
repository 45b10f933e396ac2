package io.dsr.core.frame;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another parser of frames: tshark, which prints the fields that it is asked for. */
final class Oracle {

  private static final int MAGIC = 0xa1b2c3d4;
  private static final int LARGEST = 65_535;
  private static final int ETHERNET = 1;
  private static final int SECONDS = 600;

  private Oracle() {}

  /** Skips the test, or fails it where the build says it must run, if there is no tshark. */
  static void require() {
    try {
      Process version =
          new ProcessBuilder("tshark", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (version.waitFor() == 0) {
        return;
      }
      missing("tshark --version fails");
    } catch (IOException e) {
      missing("tshark is not installed: " + e.getMessage());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void missing(String reason) {
    if (Boolean.getBoolean("dsr.test.required")) {
      fail(reason);
    }
    abort(reason);
  }

  /** Returns a line of tab-separated fields for each frame, read with these preferences too. */
  static List<String> fields(
      Path directory, List<byte[]> frames, List<String> names, String... preferences)
      throws IOException, InterruptedException {
    Path capture = directory.resolve("frames.pcap");
    write(capture, frames);
    var command =
        new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString(), "-T", "fields"));
    for (String name : names) {
      command.addAll(List.of("-e", name));
    }
    command.addAll(List.of("-E", "occurrence=f", "-E", "separator=/t"));
    for (String option :
        List.of(
            "ip.defragment:FALSE",
            "ipv6.defragment:FALSE",
            "tcp.desegment_tcp_streams:FALSE",
            "tcp.analyze_sequence_numbers:FALSE")) {
      command.addAll(List.of("-o", option));
    }
    for (String preference : preferences) {
      command.addAll(List.of("-o", preference));
    }
    Path output = directory.resolve("fields.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("errors.txt").toFile())
            .start();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("tshark took longer than " + SECONDS + " s");
    }
    if (process.exitValue() != 0) {
      fail("tshark: " + Files.readString(directory.resolve("errors.txt")));
    }
    return Files.readAllLines(output);
  }

  private static void write(Path file, List<byte[]> frames) throws IOException {
    try (var stream = Files.newOutputStream(file);
        var buffered = new BufferedOutputStream(stream);
        var out = new DataOutputStream(buffered)) {
      out.writeInt(MAGIC);
      out.writeShort(2);
      out.writeShort(4);
      out.writeLong(0);
      out.writeInt(LARGEST);
      out.writeInt(ETHERNET);
      for (byte[] frame : frames) {
        out.writeLong(0);
        out.writeInt(frame.length);
        out.writeInt(frame.length);
        out.write(frame);
      }
    }
  }
}
