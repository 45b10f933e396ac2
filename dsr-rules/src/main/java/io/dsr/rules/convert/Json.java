package io.dsr.rules.convert;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value that knows its line.
 *
 * @param line where it begins
 * @param text a string, a number or a word; empty for an object, an array and null
 * @param elements those of an array
 * @param members those of an object, in their order
 */
record Json(int line, String text, List<Json> elements, Map<String, Json> members) {

  /** Reads one value, and nothing behind it. */
  static Json parse(String text) throws IOException, UnreadableException {
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      Json value = value(parser, parser.nextToken());
      JsonToken behind = parser.nextToken();
      if (behind != null) {
        throw new UnreadableException(line(parser), "text after the JSON", "one object");
      }
      return value;
    } catch (JacksonException e) {
      var location = e.getLocation();
      throw new UnreadableException(
          location == null ? 1 : location.getLineNr(),
          String.valueOf(e.getOriginalMessage()),
          "JSON as nftlb prints it");
    }
  }

  private static Json value(JsonParser parser, @Nullable JsonToken token)
      throws IOException, UnreadableException {
    if (token == null) {
      throw new UnreadableException(line(parser), "no JSON", "JSON as nftlb prints it");
    }
    int line = line(parser);
    List<Json> elements = new ArrayList<>();
    Map<String, Json> members = new LinkedHashMap<>();
    String text = "";
    switch (token) {
      case START_ARRAY -> {
        for (var next = parser.nextToken(); next != JsonToken.END_ARRAY; ) {
          elements.add(value(parser, next));
          next = parser.nextToken();
        }
      }
      case START_OBJECT -> {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          members.put(name, value(parser, parser.nextToken()));
        }
      }
      case VALUE_NULL -> {}
      default -> text = parser.getText();
    }
    return new Json(line, text, elements, members);
  }

  private static int line(JsonParser parser) {
    return parser.currentTokenLocation().getLineNr();
  }

  /** Returns the text of a member, or {@code otherwise} if it is absent or empty. */
  String text(String name, String otherwise) {
    Json member = members.get(name);
    return member == null || member.text.isEmpty() ? otherwise : member.text;
  }

  /** Returns the elements of a member, none if it is absent. */
  List<Json> list(String name) {
    Json member = members.get(name);
    return member == null ? List.of() : member.elements;
  }

  /** Returns the line of a member, that of the object if it is absent. */
  int line(String name) {
    Json member = members.get(name);
    return member == null ? line : member.line;
  }
}
