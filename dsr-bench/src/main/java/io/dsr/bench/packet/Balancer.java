package io.dsr.bench.packet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A contender's balancer, at work on a test bed. */
final class Balancer implements AutoCloseable {

  /** The CPU of the balancer, where it has one of its own. */
  static final int CPU = 1;

  private static final int OTHER_CPU = 0;
  private static final int SPINS = 0;

  private final @Nullable Process process;

  private Balancer(@Nullable Process process) {
    this.process = process;
  }

  /**
   * Starts it, and returns once it says that it is ready.
   *
   * @throws IOException if it fails: what it said stands on the standard error
   */
  static Balancer start(Contender contender, TestBed bed, Workshop workshop, Options options)
      throws IOException {
    String objects = workshop.directory().toString();
    String name = bed.balancerInterface();
    String servers = Integer.toString(options.servers);
    String attacher = workshop.program("kernel_balancer");
    return switch (contender) {
      case GENERATOR -> new Balancer(null);
      case XDP -> process(bed, List.of(attacher, objects, "xdp", name, name, servers));
      case XDP_FLOWS -> process(bed, List.of(attacher, objects, "xdp-flows", name, name, servers));
      case TC -> process(bed, List.of(attacher, objects, "tc", name, name, servers));
      case NFT -> nft(bed, options);
      case NFTLB -> nftlb(bed, workshop, options);
      case C_AFPACKET ->
          process(
              bed,
              List.of(
                  workshop.program("forwarder"),
                  objects,
                  name,
                  name,
                  servers,
                  Integer.toString(SPINS),
                  Integer.toString(options.ring),
                  Integer.toString(options.slice)));
      // It binds its loops itself, as a user would; the JVM's own threads stay with the others'.
      case DSR -> process(bed, OTHER_CPU, DsrProcess.command(name, options, options.loops));
      case DSR_TWO_LOOPS -> process(bed, OTHER_CPU, DsrProcess.command(name, options, 2));
    };
  }

  /** Returns the process that forwards, or at least holds what does, if there is one. */
  OptionalLong pid() {
    return process == null ? OptionalLong.empty() : OptionalLong.of(process.pid());
  }

  private static Balancer nft(TestBed bed, Options options) throws IOException {
    bed.onBalancer(
        NetfilterRules.nft(bed.balancerInterface(), options), Program.NFT.command(), "-f", "-");
    return new Balancer(null);
  }

  private static Balancer nftlb(TestBed bed, Workshop workshop, Options options)
      throws IOException {
    // It looks for the interface by the VIP's address and by routes, and else says nothing.
    bed.onBalancer(
        "",
        Program.IP.command(),
        "addr",
        "add",
        Segment.vip(options.ipv6) + (options.ipv6 ? "/128" : "/32"),
        "dev",
        bed.balancerInterface());
    Path file = workshop.directory().resolve("nftlb.json");
    Files.writeString(file, NetfilterRules.nftlb(options));
    bed.onBalancer("", Program.NFTLB.command(), "-e", "-l", "3", "-L", "2", "-c", file.toString());
    return new Balancer(null);
  }

  private static Balancer process(TestBed bed, List<String> command) throws IOException {
    return process(bed, CPU, command);
  }

  private static Balancer process(TestBed bed, int cpu, List<String> command) throws IOException {
    var pinned = new ArrayList<>(List.of(Program.TASKSET.command(), "-c", Integer.toString(cpu)));
    pinned.addAll(command);
    Process process =
        bed.balancer()
            .processBuilder(pinned)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line = process.inputReader(StandardCharsets.UTF_8).readLine();
    if (!"ready".equals(line)) {
      process.destroyForcibly();
      throw new IOException("it did not start: what it said stands above");
    }
    return new Balancer(process);
  }

  /**
   * Stops its process: at rest a Java process would still be busy for a 500th of its CPU's time.
   */
  void rest() throws IOException {
    signal("-STOP");
  }

  /** Has its process go on. */
  void wake() throws IOException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException {
    if (process != null) {
      Command.run(List.of("kill", signal, Long.toString(process.pid())));
    }
  }

  /** Ends it; rules in the kernel end with the test bed. */
  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }
}
