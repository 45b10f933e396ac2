package io.dsr.examples.run;

import io.dsr.core.VirtualService;
import io.dsr.examples.rules.RulesException;
import io.dsr.examples.rules.RulesParser;
import io.dsr.netty.DsrBalancer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Where the rules come from, once and again. */
final class RulesSource {

  private static final String STANDARD_INPUT = "-";

  private final String name;

  RulesSource(String name) {
    this.name = name;
  }

  /**
   * Reads the rules.
   *
   * @throws RulesException if a line is wrong
   * @throws IOException if the file cannot be read
   */
  List<VirtualService> read() throws RulesException, IOException {
    if (name.equals(STANDARD_INPUT)) {
      byte[] bytes = System.in.readAllBytes();
      return RulesParser.parse(name, new String(bytes, StandardCharsets.UTF_8).lines().toList());
    }
    try {
      return RulesParser.parse(name, Files.readAllLines(Path.of(name)));
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist (expected: a file of rules, or -)", e);
    } catch (CharacterCodingException e) {
      throw new IOException(name + " is not text (expected: UTF-8)", e);
    }
  }

  /** Reads the rules again and applies them, or says why the old ones stay. */
  void reload(DsrBalancer balancer, PrintStream errors) throws InterruptedException {
    if (name.equals(STANDARD_INPUT)) {
      errors.println("reload: the rules came from standard input (expected: --rules FILE)");
      return;
    }
    try {
      List<VirtualService> before = balancer.services();
      List<VirtualService> after = read();
      balancer.apply(after).sync();
      errors.println("reload: " + Difference.between(before, after));
    } catch (RulesException e) {
      e.faults().forEach(errors::println);
      errors.println("reload: refused, the old rules stay");
    } catch (IOException | RuntimeException e) {
      errors.println("reload: refused, the old rules stay: " + e.getMessage());
    }
  }
}
