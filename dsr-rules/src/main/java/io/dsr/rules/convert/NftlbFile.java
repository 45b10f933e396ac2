package io.dsr.rules.convert;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The farms of a configuration of nftlb.
 *
 * <p>What the attributes mean is from nftlb's {@code README.md}; what priorities do, from its
 * {@code src/backends.c}.
 */
final class NftlbFile {

  private NftlbFile() {}

  /** Returns the rules, and warns about what they do not carry. */
  static List<String> rules(String text, Warnings warnings)
      throws IOException, UnreadableException {
    Json root = Json.parse(text);
    if (!root.members().containsKey("farms")) {
      throw new UnreadableException(root.line(), "no \"farms\"", "{\"farms\": [...]}");
    }
    Map<String, Json> addresses = byName(root.list("addresses"));
    Map<String, Json> policies = byName(root.list("policies"));
    var builder = new ServiceBuilder();
    for (Json farm : root.list("farms")) {
      String mode = farm.text("mode", "snat");
      String state = farm.text("state", "up");
      String name = "farm " + farm.text("name", "without a name");
      if (!mode.equals("dsr")) {
        warnings.loss(
            farm.line("mode"),
            name
                + " is not carried over: its mode is "
                + mode
                + ", and dsr supports mode dsr only");
      } else if (!state.equals("up")) {
        warnings.note(farm.line("state"), name + " is not carried over: its state is " + state);
      } else {
        new NftlbFarm(farm, warnings).write(addresses, policies, builder);
      }
    }
    return builder.rules(warnings);
  }

  private static Map<String, Json> byName(List<Json> objects) {
    Map<String, Json> byName = new LinkedHashMap<>();
    objects.forEach(object -> byName.put(object.text("name", ""), object));
    return byName;
  }
}
