package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The name and options of a {@link Scheduler}: enough to write it as text and to create an equal
 * scheduler with {@link io.dsr.core.scheduler.Schedulers#of}.
 *
 * <p>An option with the empty value is a flag. The text form, as {@link #toString} writes and
 * {@link #parse} reads it, is what {@code ipvsadm} would print, and options of our own behind that:
 *
 * <pre>{@code
 * rr
 * mh -b mh-fallback,mh-port tableSize=251
 * wrr slowStart=PT1M,1.0,10%
 * }</pre>
 *
 * @param name the scheduler's name, as {@code ipvsadm -s} has it; no white space
 * @param options values by option, in the order in which they are written; an option's name has no
 *     white space, comma or equals sign, and does not begin with a hyphen, a value has no white
 *     space. Two specs are equal whatever their order. The map is unmodifiable
 */
public record SchedulerSpec(String name, Map<String, String> options) {

  private static final String FLAGS = "-b";
  private static final String FLAG = "";

  /**
   * Checks the text and copies the options.
   *
   * @throws IllegalArgumentException if the text form would not be read as it was written
   */
  public SchedulerSpec {
    requireNonNull(name, "name");
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    check("name", name, isWord(name) && !name.isEmpty());
    options.forEach((option, value) -> {
      boolean named = isWord(option) && !option.isEmpty() && !option.startsWith("-");
      check("option", option, named && option.indexOf(',') < 0 && option.indexOf('=') < 0);
      check("value of " + option, value, isWord(value));
    });
  }

  /**
   * Returns the spec of a scheduler without options.
   *
   * @throws IllegalArgumentException if the name is empty or has white space
   */
  public static SchedulerSpec of(String name) {
    return new SchedulerSpec(name, Map.of());
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if the text is not of that form
   */
  public static SchedulerSpec parse(String text) {
    List<String> words = List.of(requireNonNull(text, "text").split(" ", -1));
    var spec = of(words.getFirst());
    for (int at = 1; at < words.size(); at++) {
      String word = words.get(at);
      if (word.equals(FLAGS) && at + 1 < words.size()) {
        at++;
        for (String flag : words.get(at).split(",", -1)) {
          spec = spec.flag(flag);
        }
      } else {
        int equals = word.indexOf('=');
        if (equals < 0) {
          throw new IllegalArgumentException(
              "scheduler: \"%s\": \"%s\" (expected: NAME [-b FLAG,...] [OPTION=VALUE]...)"
                  .formatted(text, word));
        }
        spec = spec.option(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return spec;
  }

  /**
   * Returns the same spec with one more flag.
   *
   * @throws IllegalArgumentException if it cannot be written
   */
  public SchedulerSpec flag(String flag) {
    return option(flag, FLAG);
  }

  /**
   * Returns the same spec with one more option, or with a new value for an existing one.
   *
   * @throws IllegalArgumentException if it cannot be written
   */
  public SchedulerSpec option(String option, Object value) {
    var more = new LinkedHashMap<>(options);
    more.put(option, value.toString());
    return new SchedulerSpec(name, more);
  }

  /** Returns the same spec without an option; itself if it has none of that name. */
  public SchedulerSpec without(String option) {
    var fewer = new LinkedHashMap<>(options);
    fewer.remove(option);
    return new SchedulerSpec(name, fewer);
  }

  /** Returns the options that are flags, in their order. */
  public List<String> flags() {
    return options.entrySet().stream()
        .filter(option -> option.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Returns the text form. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>(List.of(name));
    List<String> flags = flags();
    if (!flags.isEmpty()) {
      words.add(FLAGS);
      words.add(String.join(",", flags));
    }
    options.forEach((option, value) -> {
      if (!value.isEmpty()) {
        words.add(option + "=" + value);
      }
    });
    return String.join(" ", words);
  }

  private static boolean isWord(String text) {
    return text.chars().noneMatch(Character::isWhitespace);
  }

  private static void check(String what, String text, boolean isRight) {
    if (!isRight) {
      throw new IllegalArgumentException(
          "scheduler %s: \"%s\" (expected: a word that can be written in a scheduler spec)"
              .formatted(what, text));
    }
  }
}
