package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A tcpdump that watches one interface of the lab: what we did not write tells what was there. */
final class Recorder implements AutoCloseable {

  private static final String[] OPTIONS = {"-nn", "-S", "-t", "-e"};

  private final Process process;
  private final Path file;

  private Recorder(Process process, Path file) {
    this.process = process;
    this.file = file;
  }

  /** Begins to watch; {@code direction} is {@code in}, {@code out} or {@code inout}. */
  static Recorder of(Host host, String direction) throws IOException {
    Path file = Files.createTempFile("recorder", ".pcap");
    ProcessBuilder builder =
        host.namespace()
            .processBuilder(
                List.of(
                    "tcpdump",
                    "-i",
                    host.networkInterface(),
                    "-Q",
                    direction,
                    "-U",
                    "--immediate-mode",
                    "-Z",
                    "root",
                    "-s",
                    "200",
                    "-B",
                    "16384",
                    "-w",
                    file.toString()));
    Process process = builder.start();
    BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
    for (String line = errors.readLine(); line != null; line = errors.readLine()) {
      if (line.contains("listening on")) {
        return new Recorder(process, file);
      }
    }
    throw new IOException("tcpdump did not listen");
  }

  /** Returns a line for each frame so far that {@code filter} lets through. */
  List<String> linesSoFar(String filter) throws IOException {
    return read(file, filter, OPTIONS);
  }

  /** Ends the watch and returns a line for each frame that {@code filter} lets through. */
  List<String> lines(String filter) throws IOException {
    end();
    return read(file, filter, OPTIONS);
  }

  /** Returns what tcpdump prints of a file. */
  static List<String> read(Path file, String filter, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("tcpdump", "-r", file.toString()));
    command.addAll(List.of(options));
    command.add(filter);
    Process reader =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader output = reader.inputReader(StandardCharsets.UTF_8)) {
      return output.lines().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void end() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        throw new IOException("tcpdump does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(file);
  }
}
