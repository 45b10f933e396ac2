package io.dsr.bench.packet;

import io.dsr.core.scheduler.Schedulers;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the command line asks for. */
final class Options {

  static final String USAGE =
      """
      Usage: dsr bench [OPTION...] [CONTENDER...]
      Measures dsr beside its peers on this machine, in network namespaces of its own; needs root.

        --seconds N       of each measurement at full speed, 1 to 60 (1); others take five times that
        --runs N          starts of each contender, 1 to 25 (3)
        --rounds N        measurements of each contender in a run, in turn, 1 to 25 (1)
        --only SCENARIO   of those below; may be repeated
        --smoke           only checks, in seconds, that each contender delivers and spreads
        --json            prints one JSON document instead of tables
        --servers N       real servers, 1 to 1000 (4)
        --flows N         flows, a power of two from 1 to 65536 (4096)
        --ipv6            frames of IPv6: 80 bytes with their checksum, instead of 64
        --window N        frames under way at most at full speed, 1 to 65536 (256, a veth's ring)
        --scheduler NAME  of dsr (mh)
        --ring N          slots of an AF_PACKET ring, a power of two from 16 to 65536 (4096)
        --loops N         event loops of dsr (1)
        --slice N         time slice of dsr's loops and of c-afpacket, 100 to 100000 us, or 0 (100)
        --lock FILE       holds flock(1) on FILE during each run, on a machine that others use
        --help            prints this

      Scenarios: %s.
      Contenders: %s; all of them by default.
      """
          .formatted(names(Scenario.values()), names(Contender.values()));

  private static final int MAXIMUM_SERVERS = 1000;
  private static final int MAXIMUM_FLOWS = 65_536;
  private static final int SMALLEST_RING = 16;
  private static final int SHORTEST_SLICE = 100;
  private static final int LONGEST_SLICE = 100_000;

  int seconds = 1;
  int runs = 3;
  int rounds = 1;
  Set<Scenario> scenarios = EnumSet.allOf(Scenario.class);
  boolean smoke;
  boolean json;
  boolean help;
  int servers = 4;
  int flows = 4096;
  boolean ipv6;
  int window = 256;
  String scheduler = "mh";
  int ring = 4096;
  int loops = 1;
  int slice = 100;
  Optional<Path> lock = Optional.empty();
  List<Contender> contenders = List.of(Contender.values());

  private Options() {}

  /**
   * Reads a command line.
   *
   * @throws UsageException if a word is unknown, or a number out of its range
   */
  static Options parse(String... arguments) throws UsageException {
    var options = new Options();
    Deque<String> words = new ArrayDeque<>(List.of(arguments));
    Set<Contender> named = EnumSet.noneOf(Contender.class);
    Set<Scenario> only = EnumSet.noneOf(Scenario.class);
    while (!words.isEmpty()) {
      String word = words.remove();
      if (word.equals("--only")) {
        only.add(scenario(value(word, words)));
      } else if (word.startsWith("-")) {
        options.read(word, words);
      } else {
        named.add(
            Contender.named(word)
                .orElseThrow(() -> new UsageException(word + ": not a contender (see --help)")));
      }
    }
    if (!named.isEmpty()) {
      options.contenders = List.copyOf(named);
    }
    if (!only.isEmpty()) {
      options.scenarios = only;
    }
    options.check();
    return options;
  }

  private void check() throws UsageException {
    if (smoke && scenarios.size() < Scenario.values().length) {
      throw new UsageException("--only: not with --smoke, which measures nothing");
    }
    if (scenarios.stream().noneMatch(scenario -> contenders.stream().anyMatch(scenario::fits))) {
      throw new UsageException("--only: " + scenarios + " is for none of " + contenders);
    }
  }

  /** Returns the bytes of a small frame, without its checksum. */
  int smallFrame() {
    return ipv6 ? 80 : 60;
  }

  private void read(String word, Deque<String> rest) throws UsageException {
    switch (word) {
      case "--smoke" -> smoke = true;
      case "--json" -> json = true;
      case "--ipv6" -> ipv6 = true;
      case "--help", "-h" -> help = true;
      case "--scheduler" -> scheduler = schedulerName(value(word, rest));
      case "--lock" -> lock = Optional.of(Path.of(value(word, rest)));
      default -> readNumber(word, rest);
    }
  }

  private void readNumber(String word, Deque<String> rest) throws UsageException {
    switch (word) {
      case "--seconds" -> seconds = number(word, rest, 1, 60);
      case "--runs" -> runs = number(word, rest, 1, 25);
      case "--rounds" -> rounds = number(word, rest, 1, 25);
      case "--servers" -> servers = number(word, rest, 1, MAXIMUM_SERVERS);
      case "--flows" -> flows = powerOfTwo(word, number(word, rest, 1, MAXIMUM_FLOWS));
      case "--window" -> window = number(word, rest, 1, MAXIMUM_FLOWS);
      case "--ring" -> ring = powerOfTwo(word, number(word, rest, SMALLEST_RING, MAXIMUM_FLOWS));
      case "--loops" -> loops = number(word, rest, 1, 64);
      case "--slice" -> slice = slice(word, rest);
      default -> throw new UsageException(word + ": not an option (see --help)");
    }
  }

  private static String value(String word, Deque<String> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException(word + ": a value is missing");
    }
    return rest.remove();
  }

  private static int number(String word, Deque<String> rest, int from, int to)
      throws UsageException {
    String text = value(word, rest);
    try {
      int number = Integer.parseInt(text);
      if (number >= from && number <= to) {
        return number;
      }
    } catch (NumberFormatException e) {
      // as below
    }
    throw new UsageException(word + ": " + text + " (expected: " + from + " to " + to + ")");
  }

  private static int slice(String word, Deque<String> rest) throws UsageException {
    int micros = number(word, rest, 0, LONGEST_SLICE);
    if (micros > 0 && micros < SHORTEST_SLICE) {
      throw new UsageException(
          "%s: %d (expected: 0, or %d to %d)"
              .formatted(word, micros, SHORTEST_SLICE, LONGEST_SLICE));
    }
    return micros;
  }

  private static int powerOfTwo(String word, int number) throws UsageException {
    if (Integer.bitCount(number) != 1) {
      throw new UsageException(word + ": " + number + " (expected: a power of two)");
    }
    return number;
  }

  private static Scenario scenario(String name) throws UsageException {
    return Scenario.named(name)
        .orElseThrow(() -> new UsageException("--only: " + name + " (see --help)"));
  }

  private static String names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::toString).collect(Collectors.joining(", "));
  }

  private static String schedulerName(String name) throws UsageException {
    if (Schedulers.named(name).isEmpty()) {
      throw new UsageException(
          "--scheduler: " + name + " (expected: one of " + Schedulers.names() + ")");
    }
    return name;
  }
}
