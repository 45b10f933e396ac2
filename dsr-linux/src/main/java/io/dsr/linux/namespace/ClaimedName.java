package io.dsr.linux.namespace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A name that this process holds among all processes of its network namespace: a listening socket
 * in the abstract namespace of Unix sockets (unix(7)). Others can see it and ask who holds it. The
 * kernel gives it up with the process, however that ends. Any thread may close it.
 */
public final class ClaimedName implements AutoCloseable {

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SO_PEERCRED = 17;
  private static final int MOST_OCTETS = 107;

  /** How many may ask who holds the name before {@link #dismiss} is called again. */
  private static final int BACKLOG = 4_096;

  private static final Path SOCKETS = Path.of("/proc/thread-self/net/unix");

  /**
   * Who holds a name, by the kernel's word.
   *
   * @param pid the process, 0 if it is in another PID namespace
   * @param uid its effective user when it claimed the name, as our user namespace calls it
   */
  public record Holder(int pid, int uid) {}

  private final String name;
  private final int fd;
  private boolean closed;

  private ClaimedName(String name, int fd) {
    this.name = name;
    this.fd = fd;
  }

  /**
   * Claims a name in the calling thread's network namespace.
   *
   * @param name 1 to 107 ASCII characters without white space
   * @throws LinuxException if another socket has it, or there are too many sockets
   */
  public static ClaimedName claim(String name) throws LinuxException {
    int fd = socket();
    var claimed = new ClaimedName(name, fd);
    try (Arena arena = Arena.ofConfined()) {
      SocketCall.bind(fd, address(name, arena), "@" + name);
      SocketCall.listen(fd, BACKLOG, "@" + name);
      return claimed;
    } catch (LinuxException | RuntimeException e) {
      claimed.close();
      throw e;
    }
  }

  private static int socket() throws LinuxException {
    int type = SOCK_STREAM | SocketCall.SOCK_NONBLOCK | SocketCall.SOCK_CLOEXEC;
    return SocketCall.socket(AF_UNIX, type, 0, "AF_UNIX, SOCK_STREAM");
  }

  /** Returns a {@code struct sockaddr_un} (linux/un.h) of an abstract name: no NUL at its end. */
  private static MemorySegment address(String name, Arena arena) {
    byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
    if (octets.length == 0 || octets.length > MOST_OCTETS) {
      throw new IllegalArgumentException(
          "name: " + name + " (expected: 1 to " + MOST_OCTETS + " characters)");
    }
    MemorySegment address = arena.allocate(Short.BYTES + 1L + octets.length, Short.BYTES);
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(octets, 0, address, JAVA_BYTE, Short.BYTES + 1L, octets.length);
    return address;
  }

  /** Returns the abstract names with a prefix in the calling thread's network namespace. */
  public static List<String> names(String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<String> lines = Files.lines(SOCKETS, StandardCharsets.ISO_8859_1)) {
      lines.forEach(line -> {
        String socket = line.substring(line.lastIndexOf(' ') + 1);
        if (socket.startsWith("@" + prefix)) {
          names.add(socket.substring(1));
        }
      });
    }
    return names;
  }

  /**
   * Returns who holds a name in the calling thread's network namespace; empty if nobody does, or a
   * socket that nobody can connect to.
   *
   * @throws LinuxException with EAGAIN if the holder has dismissed nobody for as long as it takes
   *     that too many ask
   */
  public static Optional<Holder> holder(String name) throws LinuxException {
    int fd = socket();
    try (Arena arena = Arena.ofConfined()) {
      SocketCall.connect(fd, address(name, arena), "@" + name);
      MemorySegment credentials = arena.allocate(3 * Integer.BYTES, Integer.BYTES); // struct ucred
      SocketCall.option(fd, SocketCall.SOL_SOCKET, SO_PEERCRED, credentials, "SO_PEERCRED");
      return Optional.of(
          new Holder(credentials.getAtIndex(JAVA_INT, 0), credentials.getAtIndex(JAVA_INT, 1)));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ECONNREFUSED || e.errno() == Errno.EPROTOTYPE) {
        return Optional.empty();
      }
      throw e;
    } finally {
      SocketCall.close(fd);
    }
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /**
   * Lets go of those who asked who holds the name, so that others can ask; to be called now and
   * then. Never waits. Any thread.
   */
  public synchronized void dismiss() {
    for (int asked = 0; asked < BACKLOG && !closed; asked++) {
      int asker = SocketCall.accept(fd);
      if (asker < 0) {
        return;
      }
      SocketCall.close(asker);
    }
  }

  /** Gives the name up, once. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      SocketCall.close(fd);
    }
  }
}
