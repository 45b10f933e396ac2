package io.dsr.bench.packet;

import java.util.ArrayList;
import java.util.List;

/** Rows of words: aligned by blanks for people, or divided by tabs for programs. */
final class TextTable {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... head) {
    row(List.of(head));
  }

  /** Adds a row; its first word is a name, the others are figures. */
  void row(List<String> words) {
    rows.add(List.copyOf(words));
  }

  /** Returns the lines: names to the left, figures to the right, if {@code aligned}. */
  List<String> lines(boolean aligned) {
    return rows.stream().map(row -> aligned ? alignedRow(row) : String.join("\t", row)).toList();
  }

  private String alignedRow(List<String> row) {
    var line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      String word = row.get(column);
      String blanks = " ".repeat(width(column) - word.length());
      line.append(column == 0 ? word + blanks : GAP + blanks + word);
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    return rows.stream()
        .filter(row -> row.size() > column)
        .mapToInt(row -> row.get(column).length())
        .max()
        .orElse(0);
  }
}
