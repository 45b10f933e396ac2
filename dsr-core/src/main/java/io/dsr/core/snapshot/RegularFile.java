package io.dsr.core.snapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
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
import java.util.Objects;
import java.util.Set;

/**
 * Opens files that other processes may have put something else in place of. Only a regular file is
 * read or written: no symbolic link is followed, no FIFO is waited for, no device is written. What
 * is created belongs to its owner alone (mode 0600).
 *
 * <p>Java opens no file without waiting, and does not tell which file a channel has open. So two
 * things are left to whoever may rename files in that directory at the right moment: a FIFO that
 * takes a file's place between the look at it and the opening is waited for; and another regular
 * file of the same size that is there for the opening alone is read.
 */
public final class RegularFile {

  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> CREATE =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private RegularFile() {}

  /**
   * Opens a file to read it.
   *
   * @param expected what the file ought to be, for messages, such as {@code "a snapshot"}
   * @throws IOException if there is none, if it is not a regular file, or if it cannot be opened;
   *     the message has its name
   */
  public static FileChannel open(Path file, String expected) throws IOException {
    try {
      BasicFileAttributes named = attributes(file);
      check(file, named);
      FileChannel channel = FileChannel.open(file, READ);
      try {
        checkOpened(channel, file, named);
        return channel;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist (expected: " + expected + ")", e);
    } catch (FileSystemException e) {
      throw new IOException(file + " cannot be read: " + reason(e), e);
    }
  }

  /** Checks that a channel has that file open, by what the channel tells, and by the name. */
  static void checkOpened(FileChannel channel, Path file, BasicFileAttributes named)
      throws IOException {
    if (!isSeekable(channel)
        || channel.size() != named.size()
        || !Objects.equals(named.fileKey(), attributes(file).fileKey())) {
      throw new IOException(file + " was replaced while it was opened (cure: try again)");
    }
  }

  /** Returns false for a FIFO, a socket or a terminal. */
  private static boolean isSeekable(FileChannel channel) {
    try {
      return channel.position() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Creates a file to write it; there must be none.
   *
   * @throws IOException if there is one, or if it cannot be created; the message has its name
   */
  public static FileChannel create(Path file) throws IOException {
    try {
      return FileChannel.open(file, CREATE, OWNER_ONLY);
    } catch (FileSystemException e) {
      throw new IOException(file + " cannot be created: " + reason(e), e);
    }
  }

  /**
   * Checks that a name is free, or that of a regular file, which may be replaced.
   *
   * @throws IOException if it is anything else; the message has its name
   */
  public static void checkReplaceable(Path file) throws IOException {
    try {
      check(file, attributes(file));
    } catch (NoSuchFileException free) {
      // There is nothing to replace.
    } catch (FileSystemException e) {
      throw new IOException(file + " cannot be written: " + reason(e), e);
    }
  }

  /** Returns the attributes of a name itself; no link is followed. */
  static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static void check(Path file, BasicFileAttributes attributes) throws IOException {
    if (!attributes.isRegularFile()) {
      String kind =
          attributes.isSymbolicLink()
              ? "a symbolic link"
              : attributes.isDirectory() ? "a directory" : "a FIFO, a socket or a device";
      throw new IOException(file + " is " + kind + " (expected: a regular file)");
    }
  }

  private static String reason(FileSystemException cause) {
    return switch (cause) {
      case NoSuchFileException e -> "there is no such directory";
      case AccessDeniedException e -> "permission denied";
      case FileAlreadyExistsException e -> "there is one already";
      default -> cause.getReason() == null ? cause.toString() : cause.getReason();
    };
  }
}
