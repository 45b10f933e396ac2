package io.dsr.server.control;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A listening Unix domain socket under a name that only its owner may use.
 *
 * <p>It is bound inside a directory that is the owner's alone, given its mode there, and only then
 * linked to its name: at no moment could anybody else connect. Starts under one name wait for each
 * other at a locked file, so that of two one is refused, and none removes the other's socket.
 */
final class ControlSocket implements AutoCloseable {

  /** The most bytes of a name: what fits the kernel's 108 with the directory of the binding. */
  static final int LONGEST_NAME = 90;

  /** To read as well: to open a FIFO for writing alone would wait for a reader. */
  private static final Set<OpenOption> CREATE_OR_WRITE =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          LinkOption.NOFOLLOW_LINKS);

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final int FILE_TYPE = 0xf000;
  private static final int SOCKET = 0xc000;
  private static final long LOCK_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOCK_POLL_MILLISECONDS = 20;

  private final Path name;
  private final ServerSocketChannel channel;
  private final Optional<Object> identity;

  private ControlSocket(Path name, ServerSocketChannel channel) throws IOException {
    this.name = name;
    this.channel = channel;
    this.identity = identity(name);
  }

  /**
   * Opens the socket. One that a dead process has left under that name is replaced.
   *
   * @throws IOException if the name cannot be used, with the cure in the message
   */
  static synchronized ControlSocket open(Path given) throws IOException {
    Path name = given.toAbsolutePath().normalize();
    check(name);
    Path room = room(name);
    Path lockFile = name.resolveSibling("." + name.getFileName() + ".lock");
    try {
      FileChannel lock = lock(lockFile);
      try {
        clearStale(name);
        return bind(name, room.resolve("s"));
      } finally {
        Files.deleteIfExists(lockFile);
        lock.close();
      }
    } finally {
      Files.deleteIfExists(room.resolve("s"));
      Files.deleteIfExists(room);
    }
  }

  /** Returns what accepts connections. */
  ServerSocketChannel channel() {
    return channel;
  }

  /** Closes the socket and removes its name, unless that is another socket's by now. */
  @Override
  public void close() throws IOException {
    try (channel) {
      if (identity.isPresent() && identity.equals(identity(name))) {
        Files.deleteIfExists(name);
      }
    }
  }

  private static void check(Path name) throws IOException {
    int length = name.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > LONGEST_NAME) {
      throw new IOException(
          name + " has " + length + " bytes (expected: at most " + LONGEST_NAME + ")");
    }
    Path parent = name.getParent();
    if (parent == null) {
      throw new IOException(name + " is a directory (expected: the name of a socket)");
    }
    if (!Files.isDirectory(parent)) {
      throw new IOException(
          name + ": there is no directory " + parent + " (cure: mkdir -p " + parent + ")");
    }
  }

  private static Path room(Path name) throws IOException {
    String random = Integer.toHexString(ThreadLocalRandom.current().nextInt());
    try {
      return Files.createDirectory(
          name.resolveSibling(".dsr-" + random),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new IOException(
          name + ": " + name.getParent() + " is not writable (expected: a writable directory)", e);
    }
  }

  /**
   * Waits for the lock that every start under this name takes; it ends with the channel, or the
   * process. The file is removed while it is locked, so whoever waited for it must look again.
   */
  private static FileChannel lock(Path file) throws IOException {
    byte[] token =
        HexFormat.of()
            .toHexDigits(ThreadLocalRandom.current().nextLong())
            .getBytes(StandardCharsets.UTF_8);
    long end = System.nanoTime() + LOCK_NANOS;
    while (true) {
      FileChannel channel = openLock(file);
      try {
        acquire(channel, file, end);
        channel.truncate(0).write(ByteBuffer.wrap(token));
        checkLock(file);
        if (Arrays.equals(token, Files.readAllBytes(file))) {
          return channel;
        }
      } catch (NoSuchFileException removed) {
        // By the start that held it before.
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
      channel.close();
    }
  }

  private static FileChannel openLock(Path file) throws IOException {
    checkLock(file);
    try {
      return FileChannel.open(file, CREATE_OR_WRITE, OWNER_ONLY);
    } catch (FileSystemException e) {
      throw new IOException(
          file + " cannot be opened (expected: a file of your own, or none): " + e.getReason(), e);
    }
  }

  private static void checkLock(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          file + " is not a regular file (cure: remove it, or give --control another name)");
    }
  }

  private static void acquire(FileChannel channel, Path file, long end) throws IOException {
    while (channel.tryLock() == null) {
      if (System.nanoTime() > end) {
        throw new IOException(file + " is locked by another process (cure: end it, or try again)");
      }
      try {
        Thread.sleep(LOCK_POLL_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(file + ": interrupted while another process had it locked", e);
      }
    }
  }

  /** Removes a socket that nobody listens at any more; nothing else is ever removed. */
  private static void clearStale(Path name) throws IOException {
    if (identity(name).isEmpty()) {
      return;
    }
    if (!isSocket(name)) {
      throw new IOException(
          name + " is not a socket (expected: a socket or a name that does not exist)");
    }
    if (isLive(name)) {
      throw live(name);
    }
    Files.deleteIfExists(name);
  }

  private static boolean isSocket(Path name) throws IOException {
    Object mode = Files.getAttribute(name, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return mode instanceof Integer bits && (bits & FILE_TYPE) == SOCKET;
  }

  private static ControlSocket bind(Path name, Path hidden) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(hidden));
      Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
      Files.createLink(name, hidden);
      return new ControlSocket(name, channel);
    } catch (FileAlreadyExistsException e) {
      channel.close();
      throw live(name);
    } catch (IOException e) {
      channel.close();
      throw new IOException(name + " cannot be opened as a socket: " + e.getMessage(), e);
    }
  }

  /** Returns whether somebody listens, or whether that cannot be told. */
  private static boolean isLive(Path name) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false); // a listener with a full queue would hold us up
      probe.connect(UnixDomainSocketAddress.of(name));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      throw new IOException(name + " is in use or not accessible: " + e.getMessage(), e);
    }
  }

  private static IOException live(Path name) {
    return new IOException(
        name
            + " belongs to a running balancer (expected: another name; or end that balancer first)");
  }

  /** Returns device and inode of what the name is of, empty if it is free. */
  private static Optional<Object> identity(Path name) throws IOException {
    try {
      return Optional.ofNullable(
          Files.readAttributes(name, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
