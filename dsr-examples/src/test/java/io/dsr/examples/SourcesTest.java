package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Rules for the sources of all modules that no compiler holds. It reads lines, as
 * google-java-format leaves them: two spaces before a member of a class, and nothing but
 * annotations between it and its Javadoc.
 */
final class SourcesTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern UNQUALIFIED_EXPORT = Pattern.compile("(?m)^ *exports ([\\w.]+);");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
  private static final Pattern WILDCARD = Pattern.compile("(?m)^import [\\w. ]+\\.\\*;");
  private static final Pattern VAGUE =
      Pattern.compile(".*\\b(util|utils|common|impl|manager|managers|helper|helpers|misc)\\b.*");
  private static final Pattern MEMBER = Pattern.compile("^ {2}(public|protected) .*");
  private static final Pattern COMPACT_CONSTRUCTOR = Pattern.compile("^ {2}public \\w+ \\{$");
  private static final Pattern INTERFACE_MEMBER = Pattern.compile("^ {2}(?!private )[A-Za-z<].*");
  private static final Pattern TYPE =
      Pattern.compile("^public .*\\b(class|interface|record|enum) .*");

  private static final List<Source> sources = new ArrayList<>();
  private static final Set<String> exported = new TreeSet<>();

  /** A file below {@code src/main/java}. */
  private record Source(Path file, String text) {

    String packageName() {
      var matcher = PACKAGE.matcher(text);
      return matcher.find() ? matcher.group(1) : "";
    }

    @Override
    public String toString() {
      return ROOT.relativize(file).toString();
    }
  }

  @BeforeAll
  static void read() throws IOException {
    try (var modules = Files.newDirectoryStream(ROOT, "dsr-*")) {
      for (Path module : modules) {
        Path main = module.resolve("src").resolve("main").resolve("java");
        if (Files.isDirectory(main)) {
          read(main);
        }
      }
    }
  }

  private static void read(Path main) throws IOException {
    try (var files = Files.walk(main)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        var source = new Source(file, Files.readString(file));
        if (file.endsWith("module-info.java")) {
          UNQUALIFIED_EXPORT
              .matcher(source.text())
              .results()
              .forEach(found -> exported.add(found.group(1)));
        } else {
          sources.add(source);
        }
      }
    }
  }

  @Test
  void importsNothingByWildcard() {
    assertThat(sources).noneMatch(source -> WILDCARD.matcher(source.text()).find());
  }

  @Test
  void hasNoPackageThatCouldHoldAnything() {
    assertThat(sources).noneMatch(source -> VAGUE.matcher(source.packageName()).matches());
  }

  @Test
  void tellsTheIdeaOfEveryExportedPackage() {
    List<String> told =
        sources.stream()
            .filter(source -> source.file().endsWith("package-info.java"))
            .filter(source -> source.text().startsWith("/**"))
            .map(Source::packageName)
            .toList();
    assertThat(exported).as("exported packages").isNotEmpty().isSubsetOf(told);
  }

  @Test
  void documentsEverythingPublicOfAnExportedPackage() {
    List<String> bare = new ArrayList<>();
    for (Source source : sources) {
      if (exported.contains(source.packageName()) && !source.file().endsWith("package-info.java")) {
        bare.addAll(undocumented(source));
      }
    }
    assertThat(bare).as("public members (expected: Javadoc)").isEmpty();
  }

  private static List<String> undocumented(Source source) {
    List<String> lines = source.text().lines().toList();
    List<String> bare = new ArrayList<>();
    Pattern member = null;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean isType = TYPE.matcher(line).matches();
      if (isType) {
        member = line.contains(" interface ") ? INTERFACE_MEMBER : MEMBER;
      }
      boolean isMember =
          member != null
              && !isType
              && member.matcher(line).matches()
              && !COMPACT_CONSTRUCTOR.matcher(line).matches();
      if ((isType || isMember) && !isDocumented(lines, i)) {
        bare.add(source + ":" + (i + 1) + ": " + line.strip());
      }
    }
    return bare;
  }

  /** Tells whether Javadoc ends above a line, or what it overrides has it. */
  private static boolean isDocumented(List<String> lines, int index) {
    int indent = indent(lines.get(index));
    for (int i = index - 1; i >= 0; i--) {
      String above = lines.get(i).strip();
      if (above.endsWith("*/") || above.equals("@Override")) {
        return true;
      }
      boolean isAnnotation = above.startsWith("@") || above.matches("[})]*\\)");
      if (!isAnnotation && indent(lines.get(i)) <= indent) {
        return false;
      }
    }
    return false;
  }

  private static int indent(String line) {
    return line.length() - line.stripLeading().length();
  }
}
