package io.dsr.server.command;

import io.dsr.core.Admission;
import io.dsr.core.VirtualService;
import io.dsr.rules.Rules;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where the rules come from, once and again. */
final class RulesSource {

  private static final String STANDARD_INPUT = "-";

  private final String name;
  private final InputStream standardInput;
  private Optional<Admission> admission = Optional.empty();

  /** Reads from the file {@code name}, or from {@code standardInput} if that is {@code -}. */
  RulesSource(String name, InputStream standardInput) {
    this.name = name;
    this.standardInput = standardInput;
  }

  /** What rules are applied to. */
  interface Target {

    /** Returns the services as they run now. */
    List<VirtualService> services();

    /** Makes the services these, as a whole or not at all. */
    void apply(List<VirtualService> services) throws Exception;
  }

  /**
   * Reads the rules.
   *
   * @throws RulesException if a line is wrong
   * @throws IOException if the file cannot be read or has no service, with its name in the message
   */
  Rules read() throws RulesException, IOException {
    Rules rules = RulesParser.parse(name, lines());
    if (rules.services().isEmpty()) {
      throw new IOException(
          name
              + " has no service (expected: lines -A and -a, as ipvsadm -S -n prints them; to stop"
              + " balancing, end dsr by SIGTERM)");
    }
    admission = rules.admission();
    return rules;
  }

  /** Reads the rules again and applies them, or tells why the old ones stay. */
  void reload(Target target, PrintStream errors) throws InterruptedException {
    if (name.equals(STANDARD_INPUT)) {
      errors.println(
          "reload: refused, the rules came from standard input (expected: --rules FILE)");
      return;
    }
    try {
      List<VirtualService> before = target.services();
      Optional<Admission> running = admission;
      List<VirtualService> after = read().services();
      target.apply(after);
      errors.println("reload: " + Difference.between(before, after));
      if (!running.equals(admission)) {
        admission = running;
        errors.println("reload: the old --defence stays until dsr is started anew");
      }
    } catch (RulesException e) {
      e.faults().forEach(errors::println);
      errors.println("reload: refused, the old rules stay");
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      errors.println("reload: refused, the old rules stay: " + e.getMessage());
    }
  }

  private List<String> lines() throws IOException {
    if (name.equals(STANDARD_INPUT)) {
      byte[] bytes = standardInput.readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    }
    Path file = Path.of(name);
    if (Files.isDirectory(file)) {
      throw new IOException(name + " is a directory (expected: a file of rules, or -)");
    }
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist (expected: a file of rules, or -)", e);
    } catch (AccessDeniedException e) {
      throw new IOException(name + " may not be read (expected: a readable file, or -)", e);
    } catch (CharacterCodingException e) {
      throw new IOException(name + " is not text (expected: UTF-8)", e);
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }
}
