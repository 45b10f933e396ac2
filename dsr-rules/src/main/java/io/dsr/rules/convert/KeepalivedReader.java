package io.dsr.rules.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the form of keepalived.conf, as keepalived.conf(5) describes it: a statement a line, blocks
 * in braces, comments behind {@code !} and {@code #}, quoted strings, and {@code $NAME=VALUE}.
 */
final class KeepalivedReader {

  private static final Pattern DEFINITION = Pattern.compile("\\$([A-Za-z_][A-Za-z0-9_]*)=(.*)");
  private static final Pattern USE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}|\\$([A-Za-z_][A-Za-z0-9_]*)(?=\\s|$)");
  private static final int DEEPEST = 10;

  private final Warnings warnings;
  private final Map<String, String> variables = new HashMap<>();
  private final List<Word> words = new ArrayList<>();
  private int at;

  private KeepalivedReader(Warnings warnings) {
    this.warnings = warnings;
  }

  /**
   * A word, a brace, or the end of a line.
   *
   * @param isMark whether it is a brace or an end, and not a quoted one
   */
  private record Word(int line, String text, boolean isMark) {

    boolean is(String mark) {
      return isMark && text.equals(mark);
    }
  }

  /**
   * Returns the statements outside all blocks.
   *
   * @throws UnreadableException if braces or quotes are not balanced
   */
  static List<Statement> read(List<String> lines, Warnings warnings) throws UnreadableException {
    var reader = new KeepalivedReader(warnings);
    for (int number = 1; number <= lines.size(); number++) {
      reader.line(number, lines.get(number - 1));
    }
    List<Statement> statements = reader.statements();
    if (reader.at < reader.words.size()) {
      Word brace = reader.words.get(reader.at);
      throw new UnreadableException(brace.line, "} without {", "balanced braces");
    }
    return statements;
  }

  private void line(int number, String text) throws UnreadableException {
    String line = text.strip();
    if (line.startsWith("@")) {
      warnings.loss(number, line + " is left out: it applies only to some hosts");
      return;
    }
    Matcher definition = DEFINITION.matcher(line);
    if (definition.matches()) {
      if (definition.group(2).endsWith("\\")) {
        warnings.loss(number, "a definition over several lines is not supported");
      }
      variables.put(definition.group(1), definition.group(2).strip());
      return;
    }
    split(number, substitute(line));
    words.add(new Word(number, "\n", true));
  }

  private String substitute(String line) {
    String text = line;
    for (int depth = 0; depth < DEEPEST; depth++) {
      String before = text;
      text =
          USE.matcher(text)
              .replaceAll(use -> {
                String name = use.group(1) == null ? use.group(2) : use.group(1);
                return Matcher.quoteReplacement(variables.getOrDefault(name, use.group()));
              });
      if (text.equals(before)) {
        break;
      }
    }
    return text;
  }

  private void split(int number, String line) throws UnreadableException {
    int i = 0;
    while (i < line.length()) {
      char c = line.charAt(i);
      if (c == '!' || c == '#') {
        return;
      } else if (c == '"') {
        int end = line.indexOf('"', i + 1);
        if (end < 0) {
          throw new UnreadableException(number, "an unterminated quote", "a second \" on the line");
        }
        words.add(new Word(number, line.substring(i + 1, end), false));
        i = end + 1;
      } else if (c == '{' || c == '}') {
        words.add(new Word(number, String.valueOf(c), true));
        i++;
      } else if (Character.isWhitespace(c)) {
        i++;
      } else {
        int start = i;
        while (i < line.length() && !isEnd(line, i)) {
          i++;
        }
        words.add(new Word(number, line.substring(start, i), false));
      }
    }
  }

  private static boolean isEnd(String line, int i) {
    char c = line.charAt(i);
    boolean brace = (c == '{' && line.charAt(Math.max(0, i - 1)) != '$') || c == '}';
    return Character.isWhitespace(c) || brace || "!#\"".indexOf(c) >= 0;
  }

  private List<Statement> statements() throws UnreadableException {
    List<Statement> statements = new ArrayList<>();
    while (at < words.size() && !words.get(at).is("}")) {
      if (words.get(at).is("\n")) {
        at++;
      } else {
        statements.add(statement());
      }
    }
    return statements;
  }

  private Statement statement() throws UnreadableException {
    int line = words.get(at).line;
    List<String> own = new ArrayList<>();
    while (at < words.size() && !words.get(at).isMark) {
      own.add(words.get(at++).text);
    }
    int brace = at;
    while (brace < words.size() && words.get(brace).is("\n")) {
      brace++;
    }
    if (brace == words.size() || !words.get(brace).is("{")) {
      return new Statement(line, own, List.of());
    }
    at = brace + 1;
    List<Statement> block = statements();
    if (at == words.size()) {
      throw new UnreadableException(line, "{ without }", "balanced braces");
    }
    at++;
    return new Statement(line, own.isEmpty() ? List.of("{") : own, block);
  }
}
