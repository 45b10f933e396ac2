package io.dsr.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the calling thread may do, by its effective capabilities (capabilities(7)).
 *
 * <p>A capability counts in the user namespace that the thread is in, which may be less than the
 * host's: a system call can still fail with EPERM.
 *
 * @param effective the bit set of {@code CapEff} in a {@code /proc} status file
 */
public record Capabilities(long effective) {

  private static final int CAP_NET_ADMIN = 12;
  private static final int CAP_NET_RAW = 13;
  private static final String FIELD = "CapEff:";

  /**
   * Returns those of the calling thread.
   *
   * @throws IOException if /proc cannot be read
   */
  public static Capabilities ofThread() throws IOException {
    return read(Path.of("/proc/thread-self/status"));
  }

  /**
   * Returns those of another process, of its first thread.
   *
   * @throws IOException if there is no such process, or /proc does not show it
   */
  public static Capabilities ofProcess(int pid) throws IOException {
    return read(Path.of("/proc", String.valueOf(pid), "status"));
  }

  private static Capabilities read(Path status) throws IOException {
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(FIELD)) {
        return parse(line);
      }
    }
    throw new IOException(status + " has no " + FIELD);
  }

  static Capabilities parse(String line) {
    String bits = line.substring(FIELD.length()).strip();
    return new Capabilities(Long.parseUnsignedLong(bits, 16));
  }

  /** Returns whether packet sockets may be opened (CAP_NET_RAW). */
  public boolean hasNetRaw() {
    return has(CAP_NET_RAW);
  }

  /** Returns whether the network may be configured (CAP_NET_ADMIN). */
  public boolean hasNetAdmin() {
    return has(CAP_NET_ADMIN);
  }

  private boolean has(int capability) {
    return (effective >>> capability & 1) != 0;
  }
}
