package io.dsr.rules.convert;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@code real_server} of a keepalived.conf. */
final class KeepalivedServer {

  private static final Set<String> CHECKS =
      Set.of(
          "HTTP_GET",
          "SSL_GET",
          "TCP_CHECK",
          "SMTP_CHECK",
          "DNS_CHECK",
          "MISC_CHECK",
          "PING_CHECK",
          "UDP_CHECK",
          "BFD_CHECK",
          "FILE_CHECK");

  private final Statement block;
  private final Warnings warnings;
  private String weight = "1";
  private @Nullable String method;
  private String thresholds = "";

  KeepalivedServer(Statement block, Warnings warnings) {
    this.block = block;
    this.warnings = warnings;
    block.block().forEach(this::read);
  }

  /** Returns the line that it is given in. */
  int line() {
    return block.line();
  }

  /** Returns its weight, 1 for one that is no number. */
  int weight() {
    try {
      return Integer.parseInt(weight);
    } catch (NumberFormatException notOne) {
      return 1;
    }
  }

  /** Returns whether it is reached by direct routing; if not, tells so. */
  boolean isDirect(String methodOfService, Warnings told) {
    String own = method == null ? methodOfService : method;
    if (!own.equals("DR")) {
      told.loss(
          line(),
          "real_server is not carried over: its method is "
              + own
              + ", and dsr does DR only: give the server the VIP on lo, without ARP");
      return false;
    }
    return true;
  }

  /** Returns what follows the name of the service in a rule. */
  String rule() {
    return " -r " + endpoint(block) + " -g -w " + weight + thresholds;
  }

  /** Returns address and port of a {@code real_server} or {@code sorry_server}. */
  static String endpoint(Statement statement) {
    String host = KeepalivedAddresses.host(statement.argument(""));
    return statement.words().size() > 2 ? host + ":" + statement.argument(2, "") : host;
  }

  private void read(Statement statement) {
    String keyword = statement.keyword();
    switch (keyword) {
      case "weight" -> weight = statement.argument("1");
      case "lb_kind", "lvs_method" -> method = statement.argument("");
      case "uthreshold" -> thresholds += " -x " + statement.argument("");
      case "lthreshold" -> thresholds += " -y " + statement.argument("");
      default -> {
        if (CHECKS.contains(keyword)) {
          warnings.loss(
              statement.line(),
              keyword
                  + " is not carried over: dsr checks servers by ARP only; set the weight to 0 from your"
                  + " own check");
        } else {
          KeepalivedService.unused(statement, warnings);
        }
      }
    }
  }
}
