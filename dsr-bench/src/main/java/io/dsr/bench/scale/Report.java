package io.dsr.bench.scale;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A result as plain text: said line by line as it comes, and kept in a file if one is named. */
final class Report {

  private final PrintStream out;
  private final List<String> lines = new ArrayList<>();

  Report(PrintStream out, String title, Class<?> main) {
    this.out = out;
    lines.add("# " + title);
    lines.add("");
    lines.addAll(Machine.header(main));
    lines.forEach(out::println);
    fence();
  }

  /** Says a line of the result. */
  void line(String format, Object... arguments) {
    String line = String.format(format, arguments).stripTrailing();
    lines.add(line);
    out.println(line);
  }

  /** Says how far it has come, which is no part of the result. */
  void progress(String format, Object... arguments) {
    out.println("  ... " + String.format(format, arguments));
  }

  /** Ends the report, and writes it to the file that is named, if any. */
  void end(@Nullable String file) throws IOException {
    lines.add("```");
    if (file != null) {
      Files.write(Path.of(file), lines);
      out.println("written to " + file);
    }
  }

  private void fence() {
    lines.add("");
    lines.add("```");
    out.println();
  }
}
