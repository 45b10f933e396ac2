package io.dsr.bench.packet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory with the benchmark's C programs, compiled for this machine. */
final class Workshop implements AutoCloseable {

  private static final List<String> HEADERS =
      List.of(
          "balancer.h",
          "generator.bpf.h",
          "maglev.h",
          "program.h",
          "sched_attributes.h",
          "sink.bpf.h",
          "wire.h");
  private static final List<String> KERNEL = List.of("balancer", "segment");
  private static final List<String> USER =
      List.of("forwarder", "kernel_balancer", "segment", "settle", "spin");

  private final Path directory;

  private Workshop(Path directory) {
    this.directory = directory;
    // An interrupted benchmark does not come to close().
    Runtime.getRuntime().addShutdownHook(new Thread(this::deleteWhatIsLeft));
  }

  /**
   * Compiles everything, which takes a second or two.
   *
   * @throws IOException if clang or libbpf's headers are missing: what to install
   */
  static Workshop open() throws IOException {
    if (!Program.CLANG.isInstalled()) {
      throw new IOException(Program.CLANG.missing());
    }
    var workshop = new Workshop(Files.createTempDirectory("dsr-bench-"));
    boolean success = false;
    try {
      workshop.unpack();
      workshop.compile();
      success = true;
      return workshop;
    } finally {
      if (!success) {
        workshop.close();
      }
    }
  }

  /** Returns where the compiled programs and objects are. */
  Path directory() {
    return directory;
  }

  /** Returns the path of a compiled program. */
  String program(String name) {
    return directory.resolve(name).toString();
  }

  private void unpack() throws IOException {
    List<String> files = new ArrayList<>(HEADERS);
    KERNEL.forEach(name -> files.add(name + ".bpf.c"));
    USER.forEach(name -> files.add(name + ".c"));
    for (String file : files) {
      try (InputStream source = Workshop.class.getResourceAsStream("c/" + file)) {
        if (source == null) {
          throw new IOException("the jar lacks " + file);
        }
        Files.copy(source, directory.resolve(file));
      }
    }
  }

  private void compile() throws IOException {
    for (String name : KERNEL) {
      clang(List.of("-g", "-target", "bpf", "-c", name + ".bpf.c", "-o", name + ".bpf.o"));
    }
    for (String name : USER) {
      clang(List.of(name + ".c", "-o", name, "-lbpf", "-lpthread"));
    }
  }

  private void clang(List<String> arguments) throws IOException {
    var command = new ArrayList<>(List.of(Program.CLANG.command(), "-O2"));
    // For a foreign target clang does not look where Debian keeps asm/types.h.
    try (Stream<Path> include = Files.list(Path.of("/usr/include"))) {
      include
          .filter(path -> path.getFileName().toString().endsWith("-linux-gnu"))
          .forEach(path -> command.add("-I" + path));
    }
    command.addAll(arguments);
    try {
      Command.run(new ProcessBuilder(command).directory(directory.toFile()), "");
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + "\n(cure, if a header is missing: apt-get install libbpf-dev)", e);
    }
  }

  private void deleteWhatIsLeft() {
    try {
      close();
    } catch (IOException e) {
      System.err.println("dsr bench: " + directory + " is left behind: " + e.getMessage());
    }
  }

  /** Deletes the directory; a second call does nothing. */
  @Override
  public void close() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
