package io.dsr.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which user the calling thread is, and whose users are the same (user_namespaces(7)). */
public final class Users {

  private static final String FIELD = "Uid:";
  private static final int EFFECTIVE = 2;

  private Users() {}

  /**
   * Returns the effective user ID of the calling thread.
   *
   * @throws IOException if /proc cannot be read
   */
  public static int effective() throws IOException {
    Path status = Path.of("/proc/thread-self/status");
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(FIELD)) {
        return Integer.parseUnsignedInt(line.split("\\s+", EFFECTIVE + 2)[EFFECTIVE]);
      }
    }
    throw new IOException(status + " has no " + FIELD);
  }

  /**
   * Returns whether a process has the users that we have: a user namespace that somebody made for
   * itself has others, and capabilities of it count for nothing here.
   *
   * @throws IOException if there is no such process, or /proc does not show it
   */
  public static boolean areShared(int pid) throws IOException {
    Path ours = Path.of("/proc/self/uid_map");
    Path theirs = Path.of("/proc", String.valueOf(pid), "uid_map");
    return Files.readString(ours).equals(Files.readString(theirs));
  }
}
