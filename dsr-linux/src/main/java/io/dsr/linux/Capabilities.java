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
 * @param effective the bit set of {@code CapEff} in /proc/thread-self/status
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
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith(FIELD)) {
        return parse(line);
      }
    }
    throw new IOException("/proc/thread-self/status has no " + FIELD);
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
