package io.dsr.rules;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads files of rules, and says what is wrong with one that cannot be read. Has no state. */
final class RulesFile {

  private RulesFile() {}

  /** Reads a file of rules; one without a service is taken for a slip of the hand. */
  static Rules read(Path file) throws RulesException, IOException {
    Rules rules = RulesParser.parseForBalancer(file.toString(), lines(file));
    if (rules.services().isEmpty()) {
      throw new IOException(
          file + " has no service (expected: -A and -a lines, as ipvsadm -S -n prints them)");
    }
    return rules;
  }

  private static List<String> lines(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a directory (expected: a rules file)");
    }
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist (expected: a rules file)", e);
    } catch (AccessDeniedException e) {
      throw new IOException(file + " is not readable (expected: a readable file)", e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not text (expected: UTF-8)", e);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
