package io.dsr.server.command;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was counted, as aligned lines. */
final class StatisticsTable {

  private static final List<String> HEADINGS =
      List.of(
          "service / server",
          "weight",
          "now",
          "MAC",
          "packets",
          "bytes",
          "active",
          "inactive",
          "total");
  private static final int LEFT = 0;
  private static final int MAC = 3;

  private StatisticsTable() {}

  static String of(BalancerStatistics statistics) {
    List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
    for (ServiceStatistics service : statistics.services()) {
      rows.add(row(service.service().toString(), "", "", "", service.traffic()));
      for (ServerStatistics server : service.servers()) {
        rows.add(
            row(
                "  " + IpPrefix.text(server.address()),
                String.valueOf(server.configuredWeight()),
                String.valueOf(server.effectiveWeight()),
                server.mac().map(MacAddress::toString).orElse("-"),
                server.traffic()));
      }
    }
    var text = new StringBuilder(align(rows));
    statistics.verdicts().entrySet().stream()
        .filter(verdict -> verdict.getValue() > 0)
        .forEach(v ->
            text.append(String.format(Locale.ROOT, "%-24s %,15d%n", v.getKey(), v.getValue())));
    text.append(
        String.format(
            Locale.ROOT, "%-24s %,15d%n", "dropped by the kernel", statistics.kernelDrops()));
    text.append(String.format(Locale.ROOT, "%-24s %,15d%n", "not sent", statistics.sendDrops()));
    return text.toString();
  }

  private static List<String> row(
      String name, String weight, String now, String mac, Traffic traffic) {
    return List.of(
        name,
        weight,
        now,
        mac,
        String.format(Locale.ROOT, "%,d", traffic.packets()),
        String.format(Locale.ROOT, "%,d", traffic.bytes()),
        String.format(Locale.ROOT, "%,d", traffic.activeConnections()),
        String.format(Locale.ROOT, "%,d", traffic.inactiveConnections()),
        String.format(Locale.ROOT, "%,d", traffic.totalConnections()));
  }

  private static String align(List<List<String>> rows) {
    int[] widths = new int[HEADINGS.size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    var text = new StringBuilder();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String format = column == LEFT || column == MAC ? "%-" : "%";
        line.append(column == 0 ? "" : "  ");
        line.append(String.format(Locale.ROOT, format + widths[column] + "s", row.get(column)));
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }
}
