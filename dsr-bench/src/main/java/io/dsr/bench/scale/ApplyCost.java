package io.dsr.bench.scale;

import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.DsrBalancerBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What it costs to start a balancer of many services, and to change one of them: 1,000 services of
 * 50 servers each, by the API, on an interface that exists.
 *
 * <pre>
 * unshare -n sh -c 'ip link add lan type veth peer name far; ip link set far up; ip address add 10.9.0.5/16 dev lan;
 *   ip link set lan up; exec java -Xmx2g --enable-native-access=ALL-UNNAMED
 *   -cp dsr-bench/target/dsr-bench.jar io.dsr.bench.scale.ApplyCost lan'
 * </pre>
 */
public final class ApplyCost {

  private static final int SERVICES = 1_000;
  private static final int SERVERS = 50;
  private static final int ROUNDS = 60;
  private static final int WARM_UP = 20;

  private ApplyCost() {}

  /** Measures all; the arguments are the interface and, if not 1, how many event loops. */
  public static void main(String[] arguments) throws Exception {
    int loops = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    DsrBalancerBuilder builder =
        DsrBalancer.builder()
            .networkInterface(arguments[0])
            .eventLoops(loops)
            .maximumConnections(10_000)
            .maximumServers(65_536);
    List<VirtualService> services = services();
    services.forEach(builder::service);
    try (DsrBalancer balancer = builder.build()) {
      long began = System.nanoTime();
      balancer.start().sync();
      print("start() to done", milliseconds(System.nanoTime() - began));
      double[] costs = new double[ROUNDS];
      for (int round = 0; round < WARM_UP + ROUNDS; round++) {
        int which = round * 37 % SERVICES;
        services.set(which, changed(services.get(which), 2 + round % 7));
        long start = System.nanoTime();
        balancer.apply(services).toCompletableFuture().join();
        if (round >= WARM_UP) {
          costs[round - WARM_UP] = milliseconds(System.nanoTime() - start);
        }
      }
      Arrays.sort(costs);
      print("apply of one change, median", costs[ROUNDS / 2]);
      print("apply of one change, 90 %", costs[ROUNDS * 9 / 10]);
    }
  }

  private static double milliseconds(long nanos) {
    return nanos / 1e6;
  }

  private static void print(String what, double milliseconds) {
    System.out.printf(Locale.ROOT, "%-30s %10.3f ms%n", what, milliseconds);
  }

  private static VirtualService changed(VirtualService service, int weight) {
    List<RealServer> servers = new ArrayList<>(service.realServers());
    servers.set(0, servers.getFirst().weight(weight));
    return service.realServers(servers);
  }

  private static List<VirtualService> services() {
    List<VirtualService> services = new ArrayList<>();
    int host = 256;
    for (int number = 0; number < SERVICES; number++) {
      String vip = "198.18." + number / 250 + "." + (number % 250 + 1);
      List<RealServer> servers = new ArrayList<>();
      for (int server = 0; server < SERVERS; server++, host++) {
        servers.add(RealServer.of("10.9." + (host >> 8) + "." + (host & 0xff), 1));
      }
      services.add(VirtualService.tcp(vip, 80).realServers(servers));
    }
    return services;
  }
}
