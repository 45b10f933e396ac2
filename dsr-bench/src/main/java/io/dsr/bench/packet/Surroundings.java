package io.dsr.bench.packet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a result was measured with. */
final class Surroundings {

  private Surroundings() {}

  /** Returns names and values, in the order in which they are printed. */
  static Map<String, String> read(Options options) {
    var values = new LinkedHashMap<String, String>();
    values.put("kernel", "Linux " + System.getProperty("os.version"));
    values.put("CPU", processor() + ", " + Runtime.getRuntime().availableProcessors() + " of them");
    values.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    values.put("clang", said(List.of(Program.CLANG.command(), "--version")));
    values.put("nft", said(List.of(Program.NFT.command(), "--version")));
    values.put("nftlb", said(List.of(Program.NFTLB.command(), "--help")));
    values.put(
        "measured",
        ("%d run(s) of %d round(s) of %d s at full speed, else five times as long"
                + " (where frames are many, in %d parts), %d flows, %d servers, IPv%d, window %d,"
                + " dsr: %s, %d loop(s), ring %d, time slice %d us")
            .formatted(
                options.runs,
                options.rounds,
                options.seconds,
                Scenario.MOST_PARTS,
                options.flows,
                options.servers,
                options.ipv6 ? 6 : 4,
                options.window,
                options.scheduler,
                options.loops,
                options.ring,
                options.slice));
    return values;
  }

  private static String said(List<String> command) {
    try {
      return Command.run(command).strip().lines().findFirst().orElse("?");
    } catch (IOException e) {
      return "none";
    }
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
