package io.dsr.server.control;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** The JSON of the control socket: one object a line. Safe for any thread. */
public final class Json {

  /** The version of the protocol, in every request and every answer. */
  public static final int VERSION = 1;

  /** The most bytes of a request's line. */
  static final int LONGEST_REQUEST = 64 * 1024;

  private static final int SHOWN = 60;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private Json() {}

  /** Returns an object with the version and nothing else yet. */
  public static ObjectNode object() {
    return empty().put("version", VERSION);
  }

  /** Returns an object without anything. */
  static ObjectNode empty() {
    return MAPPER.createObjectNode();
  }

  /**
   * Returns the object that a line holds.
   *
   * @throws ControlException if it holds anything else
   */
  public static ObjectNode parse(String line) throws ControlException {
    try {
      if (MAPPER.readTree(line) instanceof ObjectNode object) {
        return object;
      }
      throw notAnObject(line, "");
    } catch (JsonProcessingException e) {
      throw notAnObject(line, ": " + e.getOriginalMessage().lines().findFirst().orElse(""));
    }
  }

  /** Returns the line of an object, without its end. */
  static byte[] line(JsonNode object) {
    return object.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ControlException notAnObject(String line, String why) {
    String shown = line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line;
    return ControlException.usage(
        "\""
            + shown
            + "\" is not a JSON object"
            + why
            + " (expected: one object per line, such as {\"version\":1,\"command\":\"status\"})");
  }
}
