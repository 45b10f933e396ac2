package io.dsr.examples.demo;

import io.dsr.core.IpPrefix;
import io.dsr.lab.Host;
import io.dsr.lab.Lab;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The three steps of direct server return, of one connection.
 *
 * @param request the client's first segment as it came to the balancer
 * @param forwarded the same as it came to the server
 * @param answer the server's first segment as it came to the router
 */
record Exchange(SeenFrame request, SeenFrame forwarded, SeenFrame answer) {

  private static final List<String> HEADINGS =
      List.of("Step", "Source IP", "Destination IP", "MAC");

  /** Returns the table of the steps, a line each, without line ends. */
  List<String> table() {
    return aligned(
        List.of(
            HEADINGS,
            row("1", request, "Dest.: " + request.destination()),
            row("2", forwarded, "Dest.: " + forwarded.destination()),
            row("3", answer, "Source: " + answer.source())));
  }

  /** Returns what is not as direct server return has it; empty if all is. */
  List<String> faults(Lab lab, Host server) {
    InetAddress client = lab.client().ipv4();
    var faults = new ArrayList<String>();
    addresses(faults, "1", request, client, Lab.VIP);
    addresses(faults, "2", forwarded, client, Lab.VIP);
    addresses(faults, "3", answer, Lab.VIP, client);
    expect(faults, "1: destination MAC", request.destination(), lab.balancer().mac());
    expect(faults, "2: destination MAC", forwarded.destination(), server.mac());
    expect(faults, "3: source MAC", answer.source(), server.mac());
    return faults;
  }

  static List<String> aligned(List<List<String>> rows) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      lines.add(line(row, widths, " ", " | "));
      if (lines.size() == 1) {
        List<String> rules = Arrays.stream(widths).mapToObj("-"::repeat).toList();
        lines.add(line(rules, widths, "-", "-+-"));
      }
    }
    return lines;
  }

  private static String line(List<String> cells, int[] widths, String filler, String separator) {
    var padded = new ArrayList<String>();
    for (int i = 0; i < widths.length; i++) {
      padded.add(cells.get(i) + filler.repeat(widths[i] - cells.get(i).length()));
    }
    return String.join(separator, padded).stripTrailing();
  }

  private static List<String> row(String step, SeenFrame frame, String mac) {
    return List.of(
        step,
        IpPrefix.text(frame.segment().source()),
        IpPrefix.text(frame.segment().destination()),
        mac);
  }

  private static void addresses(
      List<String> faults,
      String step,
      SeenFrame frame,
      InetAddress source,
      InetAddress destination) {
    expect(faults, step + ": source", frame.segment().source(), source);
    expect(faults, step + ": destination", frame.segment().destination(), destination);
  }

  private static void expect(List<String> faults, String what, Object seen, Object expected) {
    if (!seen.equals(expected)) {
      faults.add("step " + what + " is " + seen + " (expected: " + expected + ")");
    }
  }
}
