package io.dsr.rules.convert;

import java.util.List;

/** Rules as {@code ipvsadm -S} saves them: those that run can take, as they are. */
final class IpvsadmFile {

  private IpvsadmFile() {}

  /** Returns the rules, and warns about the others. */
  static List<String> rules(List<String> lines, Warnings warnings) {
    var builder = new ServiceBuilder();
    boolean servers = false;
    boolean thresholds = false;
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        builder.add(number, line);
        servers |= line.startsWith("-a ");
        thresholds |= line.contains(" -x ") || line.contains(" --u-threshold");
      }
    }
    if (servers && !thresholds) {
      warnings.note(
          1,
          "ipvsadm does not save connection thresholds: if ipvsadm -L --thresholds shows any, add -x"
              + " UPPER -y LOWER to the lines of those servers");
    }
    return builder.rules(warnings);
  }
}
