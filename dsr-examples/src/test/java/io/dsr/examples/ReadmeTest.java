package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README and the pages of {@code docs} say, as far as a machine can tell. */
final class ReadmeTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path README = ROOT.resolve("README.md");
  private static final int MOST_LINES = 200;

  private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
  private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]*)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  @TempDir private Path directory;

  @Test
  void compilesEveryBlockOfJava() throws IOException {
    List<Path> pages = pages();
    List<Path> sources = new ArrayList<>();
    for (Path page : pages) {
      for (String block : blocks(page)) {
        sources.add(source(page, sources.size(), block));
      }
    }
    assertThat(blocks(README)).as("blocks of java in the README").isNotEmpty();
    assertThat(complaints(sources)).as("the compiler").isEmpty();
  }

  @Test
  void hasTheCompilerRefuseWhatTheLibraryLacks() throws IOException {
    String broken = blocks(README).getFirst().replace(".networkInterface(", ".networkInterfaces(");
    assertThat(complaints(List.of(source(README, 0, broken)))).contains("networkInterfaces");
  }

  @Test
  void keepsTheReadmeShort() throws IOException {
    assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
  }

  @Test
  void hasNoLinkThatLeadsNowhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
        String target = link.group(1);
        if (!target.startsWith("https://") && !leadsSomewhere(page, target)) {
          broken.add(ROOT.relativize(page) + ": " + target);
        }
      }
    }
    assertThat(broken).as("links (expected: a file, or a heading of it)").isEmpty();
  }

  private static boolean leadsSomewhere(Path page, String target) throws IOException {
    int anchor = target.indexOf('#');
    String file = anchor < 0 ? target : target.substring(0, anchor);
    Path there = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!Files.exists(there)) {
      return false;
    }
    return anchor < 0
        || HEADING
            .matcher(prose(there))
            .results()
            .anyMatch(found -> slug(found.group(1)).equals(target.substring(anchor + 1)));
  }

  /** Returns what forges make of a heading, to link to it. */
  private static String slug(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> root = Files.list(ROOT);
        Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(root, docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static String prose(Path page) throws IOException {
    return FENCED.matcher(Files.readString(page)).replaceAll("");
  }

  private static List<String> blocks(Path page) throws IOException {
    return JAVA.matcher(Files.readString(page)).results().map(found -> found.group(1)).toList();
  }

  /** Writes a class around the statements of a block, behind its imports. */
  private Path source(Path page, int number, String block) throws IOException {
    var parts =
        block.lines().collect(Collectors.partitioningBy(line -> line.startsWith("import ")));
    String name = "Block" + number;
    return Files.writeString(
        directory.resolve(name + ".java"),
        String.join("\n", Objects.requireNonNull(parts.get(true)))
            + "\n/** Of "
            + ROOT.relativize(page)
            + ". */\nfinal class "
            + name
            + " {\n  static void run() throws Exception {\n"
            + String.join("\n", Objects.requireNonNull(parts.get(false)))
            + "\n  }\n}\n");
  }

  /** Returns what javac says, and the sources; nothing if they compile. */
  private String complaints(List<Path> sources) throws IOException {
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    var said = new StringWriter();
    var out = new PrintWriter(said);
    List<String> arguments =
        new ArrayList<>(
            List.of("-proc:none", "-d", directory.toString(), "-classpath", classPath()));
    sources.forEach(source -> arguments.add(source.toString()));
    if (javac.run(out, out, arguments.toArray(String[]::new)) == 0) {
      return "";
    }
    for (Path source : sources) {
      if (said.toString().contains(source.toString())) {
        said.append('\n').append(source.toString()).append(":\n").append(Files.readString(source));
      }
    }
    return "failed:\n" + said;
  }

  /** Returns what this test runs with, modules too: as a reader's class path would have them. */
  private static String classPath() {
    return Stream.of("java.class.path", "jdk.module.path")
        .map(property -> System.getProperty(property, ""))
        .filter(path -> !path.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
