package io.dsr.rules.convert;

import java.util.List;

/**
 * A statement of keepalived.conf: words, and perhaps a block of other statements.
 *
 * @param line where it begins
 * @param words one or more
 * @param block the statements between its braces
 */
record Statement(int line, List<String> words, List<Statement> block) {

  Statement {
    words = List.copyOf(words);
    block = List.copyOf(block);
  }

  /** Returns the keyword. */
  String keyword() {
    return words.getFirst();
  }

  /** Returns the word behind the keyword, or {@code otherwise}. */
  String argument(String otherwise) {
    return argument(1, otherwise);
  }

  /** Returns the word at {@code index}, the keyword being at 0, or {@code otherwise}. */
  String argument(int index, String otherwise) {
    return index < words.size() ? words.get(index) : otherwise;
  }
}
