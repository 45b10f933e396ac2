package io.dsr.server.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows under headings: aligned for a terminal, or with tabs between plain values for a program.
 *
 * <p>A cell is a text, a number ({@link Long} or {@link Integer}) or a {@link Duration}. Numbers
 * stand to the right, with separators when aligned; a duration is minutes and seconds when aligned,
 * and seconds when plain.
 */
final class Table {

  private final boolean aligned;
  private final List<String> headings;
  private final List<List<Object>> rows = new ArrayList<>();

  Table(boolean aligned, String... headings) {
    this.aligned = aligned;
    this.headings = List.of(headings);
  }

  /** Adds a row with a cell for each heading. */
  void row(Object... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(
          "cells: " + cells.length + " (expected: " + headings.size() + ")");
    }
    rows.add(List.of(cells));
  }

  /** Returns the lines, the headings first. */
  List<String> lines() {
    return aligned ? alignedLines() : plainLines();
  }

  private List<String> plainLines() {
    List<String> lines = new ArrayList<>(List.of(String.join("\t", headings)));
    for (List<Object> row : rows) {
      lines.add(String.join("\t", row.stream().map(Table::plain).toList()));
    }
    return lines;
  }

  private List<String> alignedLines() {
    List<List<String>> texts = new ArrayList<>(List.of(headings));
    rows.forEach(row -> texts.add(row.stream().map(Table::shown).toList()));
    int columns = headings.size();
    int[] widths = new int[columns];
    for (List<String> row : texts) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    return texts.stream().map(row -> alignedLine(row, widths)).toList();
  }

  private String alignedLine(List<String> row, int[] widths) {
    var line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String padding = " ".repeat(widths[column] - row.get(column).length());
      line.append(column == 0 ? "" : "  ");
      if (isRight(column)) {
        line.append(padding).append(row.get(column));
      } else {
        line.append(row.get(column)).append(padding);
      }
    }
    return line.toString().stripTrailing();
  }

  /** Returns whether a column holds numbers, or durations. */
  private boolean isRight(int column) {
    return rows.stream()
        .map(row -> row.get(column))
        .anyMatch(cell -> cell instanceof Number || cell instanceof Duration);
  }

  private static String plain(Object cell) {
    return switch (cell) {
      case Duration duration -> Long.toString(duration.toSeconds());
      case String text -> text.strip().replace('\t', ' ');
      default -> cell.toString();
    };
  }

  private static String shown(Object cell) {
    return switch (cell) {
      case Long number -> String.format(Locale.ROOT, "%,d", number);
      case Integer number -> String.format(Locale.ROOT, "%,d", number);
      case Duration duration ->
          String.format(Locale.ROOT, "%02d:%02d", duration.toMinutes(), duration.toSecondsPart());
      default -> cell.toString();
    };
  }
}
