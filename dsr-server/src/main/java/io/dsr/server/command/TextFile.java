package io.dsr.server.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads a text that is named on the command line: a file, or {@code -} for standard input. */
final class TextFile {

  /** What standard input is called. */
  static final String STANDARD_INPUT = "-";

  private TextFile() {}

  /**
   * Returns the lines of a text.
   *
   * @param kind what the file ought to be, for messages
   * @throws IOException if it cannot be read, with its name in the message
   */
  static List<String> lines(String name, InputStream standardInput, String kind)
      throws IOException {
    if (name.equals(STANDARD_INPUT)) {
      byte[] bytes = standardInput.readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    }
    Path file = Path.of(name);
    if (Files.isDirectory(file)) {
      throw new IOException(name + " is a directory (expected: " + kind + ", or -)");
    }
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist (expected: " + kind + ", or -)", e);
    } catch (AccessDeniedException e) {
      throw new IOException(name + " is not readable (expected: a readable file, or -)", e);
    } catch (CharacterCodingException e) {
      throw new IOException(name + " is not text (expected: UTF-8)", e);
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }
}
