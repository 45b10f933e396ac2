package io.dsr.bench;

import io.dsr.core.Defence;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.VirtualService;
import io.dsr.core.connection.ConnectionTable;
import io.dsr.core.director.Director;
import io.dsr.core.director.DirectorLimits;
import io.dsr.core.director.Plan;
import io.dsr.core.director.Planner;
import io.dsr.core.director.Verdict;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.Schedulers;
import java.util.ArrayList;
import java.util.List;

/**
 * A director with its control side, a clock that only {@link #advance} moves, and one service, all
 * of whose servers are reachable. The one place where benchmarks make directors and tables.
 */
public final class BenchDirector {

  private static final long SERVER_MAC = 0x0200_0001_0000L;
  private static final int SPARE_SERVERS = 8;

  private final Traffic traffic;
  private final String scheduler;
  private final Slots slots;
  private final Planner planner;
  private final Director director;
  private final List<RealServer> servers = new ArrayList<>();

  private Membership membership;
  private Plan plan = Plan.EMPTY;
  private long now;

  /**
   * Makes a director whose time is 0, without a brake, and that gives up no flow before its time.
   *
   * @param traffic what the service carries
   * @param scheduler the service's scheduler, by its IPVS name
   * @param servers how many servers the service has, 1 to 65,000; the number of a server is its
   *     slot
   * @param maximumConnections how many flows it remembers at most
   */
  public BenchDirector(Traffic traffic, String scheduler, int servers, int maximumConnections) {
    this.traffic = traffic;
    this.scheduler = scheduler;
    this.slots = new Slots(servers + SPARE_SERVERS);
    var load = new LoadWatch(new ServerCounters(slots.count()), slots.count());
    var limits =
        new DirectorLimits(
            maximumConnections,
            HashKey.PLACEMENT,
            Defence.DEFAULT.newFlowsPerSecond(0).pressurePercent(100));
    this.planner = new Planner(load, HashKey.PLACEMENT, () -> now, 1);
    this.director = new Director(slots, load, SampleFrame.BALANCER_MAC, limits, now);
    this.membership = Membership.empty(slots);
    addServers(servers);
  }

  /** Returns a table for flows of servers 0 to 15, whose time is 0. */
  static ConnectionTable table(boolean ipv6, int capacity) {
    return new ConnectionTable(ipv6, capacity, HashKey.random(), new ServerCounters(16), 0);
  }

  /** Returns the number of the server that has that MAC address. */
  public static int server(long mac) {
    return (int) (mac - SERVER_MAC);
  }

  /** Gives the service more servers, at most 8 in all after it has been made. */
  public void addServers(int count) {
    for (int i = 0; i < count; i++) {
      int number = servers.size();
      servers.add(RealServer.of(address(number + 1), 1 + (number & 3)));
      slots.mac(number, SERVER_MAC + number);
    }
    var service = traffic.isIpv6() ? service("2001:db8::10") : service("192.0.2.10");
    membership = membership.put(service.realServers(servers));
    for (RealServer server : servers) {
      membership = membership.reachability(server.address(), Reachability.REACHABLE);
    }
    plan = planner.plan(membership, plan);
    director.plan(plan, now);
  }

  /** Lets the director decide about a frame. */
  public Verdict direct(SampleFrame frame) {
    return director.direct(frame.bytes());
  }

  /** Lets {@code nanos} pass, and the director forget what it may. */
  public void advance(long nanos) {
    now += nanos;
    director.advance(now);
  }

  /** Returns how many flows are remembered. */
  public int connections() {
    return director.connections();
  }

  /** Returns how often the director gave that verdict. */
  public long count(Verdict verdict) {
    return director.verdicts().of(verdict);
  }

  private VirtualService service(String vip) {
    var service =
        traffic.isTcp()
            ? VirtualService.tcp(vip, SampleFrame.PORT)
            : VirtualService.udp(vip, SampleFrame.PORT);
    return service.scheduler(Schedulers.named(scheduler).orElseThrow());
  }

  private String address(int number) {
    return traffic.isIpv6()
        ? "2001:db8:2::" + Integer.toHexString(number)
        : "10.1." + (number >> 8) + "." + (number & 0xff);
  }
}
