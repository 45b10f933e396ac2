package io.dsr.rules.convert;

import io.dsr.rules.RulesParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules as they come out of another form, each with the line that it came from. */
final class ServiceBuilder {

  private static final Pattern MARK =
      Pattern.compile("-[Aa] .*?(?:-f|--fwmark-service)[ =]([0-9]+)( -6)?.*");
  private static final Pattern MEANING = Pattern.compile("--fwmark[ =]([0-9]+) .*");

  private static final String SERVICE = "-A ";

  private final List<Line> lines = new ArrayList<>();

  /**
   * A rule.
   *
   * @param source the line that it came from
   */
  private record Line(int source, String text) {

    /** Returns which of some names this line is the service of, or nothing. */
    String serviceOf(Set<String> names) {
      if (text.startsWith(SERVICE)) {
        for (int end = text.indexOf(' ', SERVICE.length());
            end > 0;
            end = text.indexOf(' ', end + 1)) {
          String name = text.substring(SERVICE.length(), end);
          if (names.contains(name)) {
            return name;
          }
        }
      }
      return "";
    }
  }

  /** Adds a rule that came from the line {@code source}. */
  void add(int source, String text) {
    lines.add(new Line(source, text));
  }

  /** Returns the valid rules, and warns about the others. */
  List<String> rules(Warnings warnings) {
    Map<String, Integer> marks = unknownMarks();
    List<String> meanings = new ArrayList<>();
    marks.keySet().forEach(mark -> meanings.add(standIn(mark, meanings.size())));
    List<Line> good = withServers(good(meanings, warnings), warnings);
    List<String> rules = new ArrayList<>();
    marks.forEach((mark, source) -> rules.add(question(mark, source, warnings)));
    good.forEach(line -> rules.add(line.text));
    return rules;
  }

  /**
   * Leaves out services that had servers and have none now: their VIPs would be taken, and serve
   * nobody.
   */
  private List<Line> withServers(List<Line> good, Warnings warnings) {
    Set<String> before = servedNames(lines);
    Set<String> after = servedNames(good);
    List<Line> rest = new ArrayList<>();
    for (Line line : good) {
      String name = line.serviceOf(before);
      if (name.isEmpty() || after.contains(name)) {
        rest.add(line);
      } else {
        warnings.loss(line.source, "not carried over: none of its real servers is");
      }
    }
    return rest;
  }

  private static Set<String> servedNames(List<Line> lines) {
    Set<String> names = new LinkedHashSet<>();
    for (Line line : lines) {
      int end = line.text.indexOf(" -r ");
      if (line.text.startsWith("-a ") && end > 0) {
        names.add(line.text.substring("-a ".length(), end));
      }
    }
    return names;
  }

  private static String question(String mark, int source, Warnings warnings) {
    String[] words = mark.split(" ", -1);
    String vip = words.length > 1 ? "[2001:db8::10]" : "192.0.2.10";
    String example = "--fwmark %s -t %s:80 -t %s:443".formatted(words[0], vip, vip);
    warnings.loss(
        source,
        "netfilter's rules define firewall mark "
            + words[0]
            + ": list what they mark in a line such as "
            + example);
    return "# list what netfilter marks, such as: " + example;
  }

  /** Returns the marks that no line gives a meaning, with the line of the first use. */
  private Map<String, Integer> unknownMarks() {
    Set<String> known = new LinkedHashSet<>();
    Map<String, Integer> used = new LinkedHashMap<>();
    for (Line line : lines) {
      Matcher meaning = MEANING.matcher(line.text);
      if (meaning.matches()) {
        known.add(meaning.group(1));
      }
      Matcher mark = MARK.matcher(line.text);
      if (mark.matches() && RulesParser.faults(List.of(standIn(mark.group(1), 0))).isEmpty()) {
        used.putIfAbsent(mark.group(1) + (mark.group(2) == null ? "" : " -6"), line.source);
      }
    }
    used.keySet().removeIf(mark -> known.contains(mark.split(" ", -1)[0]));
    return used;
  }

  /** Returns a meaning with which the other lines can be checked. */
  private static String standIn(String mark, int number) {
    String[] words = mark.split(" ", -1);
    String host = Integer.toHexString(number + 1);
    return "--fwmark %s -u %s:*"
        .formatted(
            words[0],
            words.length > 1
                ? "[2001:db8:ffff:" + host + "::]"
                : "0.0.%d.%d".formatted((number + 1) >> 8, (number + 1) & 0xff));
  }

  private List<Line> good(List<String> meanings, Warnings warnings) {
    List<Line> good = new ArrayList<>(lines);
    for (boolean first = true; ; first = false) {
      List<String> text = new ArrayList<>(meanings);
      good.forEach(line -> text.add(line.text));
      SortedMap<Integer, String> faults = RulesParser.faults(text);
      if (faults.isEmpty()) {
        return good;
      }
      for (Map.Entry<Integer, String> fault : faults.entrySet()) {
        Line line = good.get(fault.getKey() - 1 - meanings.size());
        if (first) { // later ones come of these
          warnings.loss(line.source, "not carried over: " + fault.getValue());
        }
      }
      List<Line> rest = new ArrayList<>();
      for (int i = 0; i < good.size(); i++) {
        if (!faults.containsKey(i + 1 + meanings.size())) {
          rest.add(good.get(i));
        }
      }
      good = rest;
    }
  }
}
