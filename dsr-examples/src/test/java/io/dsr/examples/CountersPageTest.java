package io.dsr.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Loss;
import io.dsr.core.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The tables of {@code docs/counters.md} are what the enums' Javadoc says. With {@code
 * -Ddsr.docs.update=true} the page is written anew.
 */
final class CountersPageTest {

  private static final Path PAGE = Path.of("..", "docs", "counters.md");
  private static final Path CORE =
      Path.of("..", "dsr-core", "src", "main", "java", "io", "dsr", "core");

  /** A constant behind its Javadoc: what the Javadoc says, its name, its group. */
  private static final Pattern CONSTANT =
      Pattern.compile(
          "(?s)/\\*\\*((?:(?!\\*/).)*)\\*/\\s*([A-Z][A-Z0-9_]*)\\(\\w+\\.(\\w+)\\)[,;]");

  @Test
  void saysWhatTheVerdictsAndLossesSay() throws IOException {
    String page = Files.readString(PAGE);
    String fresh =
        with(
            with(page, "verdicts", table("Verdict", List.of(Verdict.values()))),
            "losses",
            table("Loss", List.of(Loss.values())));
    if (Boolean.getBoolean("dsr.docs.update")) {
      Files.writeString(PAGE, fresh);
    }
    assertThat(Files.readString(PAGE))
        .as("docs/counters.md (cure: run this test with -Ddsr.docs.update=true)")
        .isEqualTo(fresh);
  }

  /** Returns the tables of an enum's constants, one for each group, in their order. */
  private static String table(String name, List<? extends Enum<?>> constants) throws IOException {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    List<String> found = new ArrayList<>();
    Matcher matcher = CONSTANT.matcher(Files.readString(CORE.resolve(name + ".java")));
    while (matcher.find()) {
      found.add(matcher.group(2));
      groups
          .computeIfAbsent(matcher.group(3), group -> new ArrayList<>())
          .add("| `" + matcher.group(2) + "` | " + text(matcher.group(1)) + " |");
    }
    assertThat(found)
        .as("constants of %s with Javadoc", name)
        .containsExactlyElementsOf(constants.stream().map(Enum::name).toList());
    var text = new StringBuilder();
    groups.forEach((group, rows) ->
        text.append("\n| ")
            .append(group)
            .append(" | |\n|---|---|\n")
            .append(String.join("\n", rows))
            .append('\n'));
    return text.toString();
  }

  /** Returns Javadoc as Markdown, on one line. */
  private static String text(String javadoc) {
    Function<MatchResult, String> code =
        found -> "`" + found.group(1).replaceFirst("^#", "").replace("#", ".") + "`";
    String line = javadoc.replaceAll("(?m)^\\s*\\*", "").replaceAll("\\s+", " ").strip();
    return Pattern.compile("\\{@(?:code|link) ([^}]*)}").matcher(line).replaceAll(code);
  }

  /** Returns a page with what stands between two markers replaced. */
  private static String with(String page, String marker, String text) {
    String begin = "<!-- " + marker + ": generated from the Javadoc -->\n";
    String end = "\n<!-- end of " + marker + " -->";
    assertThat(page).as("docs/counters.md").containsSubsequence(begin, end);
    return page.substring(0, page.indexOf(begin) + begin.length())
        + text
        + page.substring(page.indexOf(end));
  }
}
