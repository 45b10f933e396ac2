package io.dsr.rules;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The words of one line, taken from left to right; {@code --option=value} counts as two, and so do
 * short options in one word, such as {@code -At}.
 */
final class Tokens {

  private static final Pattern BUNDLE = Pattern.compile("-[A-Za-z]{2,}");

  private final Deque<String> words = new ArrayDeque<>();
  private final Set<String> given = new HashSet<>();

  Tokens(String line) {
    for (String word : line.strip().split("\\s+", -1)) {
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      if (BUNDLE.matcher(word).matches()) {
        word.chars().skip(1).forEach(option -> words.add("-" + (char) option));
      } else if (equals < 0) {
        words.add(word);
      } else {
        words.addAll(Arrays.asList(word.substring(0, equals), word.substring(equals + 1)));
      }
    }
  }

  boolean isEmpty() {
    return words.isEmpty();
  }

  String take() {
    return words.removeFirst();
  }

  /** Notes that {@code what} is given, which a line may say once. */
  void once(String what) throws RuleError {
    if (!given.add(what)) {
      throw new RuleError("a second " + what, "one per line");
    }
  }

  /** Returns the argument of {@code option}. */
  String argument(String option, String expected) throws RuleError {
    if (!hasArgument()) {
      throw new RuleError(option + " without a value", expected);
    }
    return words.removeFirst();
  }

  /** Returns the argument of {@code option}, which a line may give once. */
  String onlyArgument(String option, String what, String expected) throws RuleError {
    once(what);
    return argument(option, expected);
  }

  /** Returns whether the next word is the argument of an option that may have none. */
  boolean hasArgument() {
    return !words.isEmpty() && !isOption(words.getFirst());
  }

  private static boolean isOption(String word) {
    return word.equals("-6")
        || (word.startsWith("-") && word.length() > 1 && !Character.isDigit(word.charAt(1)));
  }
}
