package io.dsr.bench.packet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The process with the generator and the sink, driven by lines. */
final class FarEnds implements AutoCloseable {

  private static final int CPU = 0;

  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;

  private FarEnds(Process process) {
    this.process = process;
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Puts both at the client's end, as a balancer needs them. */
  static FarEnds atClient(Workshop workshop, TestBed bed) throws IOException {
    return start(
        workshop, bed, List.of(bed.client().path(), bed.clientInterface(), TestBed.BALANCER_MAC));
  }

  /** Puts the sink in the balancer's place. */
  static FarEnds faceToFace(Workshop workshop, TestBed bed) throws IOException {
    return start(
        workshop,
        bed,
        List.of(bed.balancer().path(), bed.balancerInterface(), Segment.serverMac(0)));
  }

  private static FarEnds start(Workshop workshop, TestBed bed, List<String> sink)
      throws IOException {
    var builder =
        new ProcessBuilder(
            workshop.program("segment"),
            workshop.directory().toString(),
            Integer.toString(CPU),
            bed.client().path(),
            bed.clientInterface(),
            sink.get(0),
            sink.get(1),
            sink.get(2));
    var ends = new FarEnds(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    ends.expect("ready");
    return ends;
  }

  /** Starts the generator. */
  void begin(Scenario scenario, Options options) throws IOException {
    double rate = scenario.rate();
    tell(
        "begin %f %d %d %d %d %d"
            .formatted(
                rate,
                scenario.bytes(options),
                options.flows,
                options.ipv6 ? 6 : 4,
                rate > 0 ? 1 : 0,
                rate > 0 ? 0 : options.window));
    expect("begun");
  }

  /** Stops the generator. */
  void end() throws IOException {
    tell("end");
    expect("ended");
  }

  /** Returns what both have counted since they were started. */
  Counters read() throws IOException {
    tell("read");
    return Counters.parse(answer());
  }

  private void tell(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
  }

  private void expect(String expected) throws IOException {
    String answer = answer();
    if (!answer.equals(expected)) {
      throw new IOException("segment: " + answer + " (expected: " + expected + ")");
    }
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("segment has ended: what it said stands above");
    }
    return line;
  }

  /** Ends the process, and with it the programs in the kernel. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
