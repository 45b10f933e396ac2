package io.dsr.bench.packet;

import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.Reception;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The process in which this project balances: what a program that embeds it would be. */
final class DsrProcess {

  private DsrProcess() {}

  /** Returns the command that starts it, with this JVM and this class path. */
  static List<String> command(String networkInterface, Options options, int loops) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:+UseTransparentHugePages",
        "-Xlog:disable", // where there are none it says so on the output, before "ready"
        "-Xlog:all=warning:stderr",
        "--enable-native-access=ALL-UNNAMED",
        "-Dslf4j.internal.verbosity=ERROR",
        "-cp",
        System.getProperty("java.class.path"),
        DsrProcess.class.getName(),
        networkInterface,
        Integer.toString(options.servers),
        Boolean.toString(options.ipv6),
        options.scheduler,
        Integer.toString(options.ring),
        Integer.toString(loops),
        Integer.toString(options.slice));
  }

  /** Balances until the standard input ends. */
  public static void main(String[] arguments) throws Exception {
    boolean ipv6 = Boolean.parseBoolean(arguments[2]);
    int ring = Integer.parseInt(arguments[4]);
    VirtualService service =
        VirtualService.udp(Segment.vip(ipv6), Segment.PORT)
            .scheduler(Schedulers.named(arguments[3]).orElseThrow());
    for (int server = 0; server < Integer.parseInt(arguments[1]); server++) {
      service = service.realServer(Segment.server(server, ipv6));
    }
    try (DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface(arguments[0])
            .eventLoops(Integer.parseInt(arguments[5]))
            .cpus(Balancer.CPU)
            .timeSlice(Duration.of(Integer.parseInt(arguments[6]), ChronoUnit.MICROS))
            .reception(Reception.DEFAULT.ringFrames(ring))
            .service(service)
            .build()) {
      balancer.start().sync();
      System.out.println("ready");
      while (System.in.read() >= 0) {
        // until the one that started us has ended
      }
    }
  }
}
