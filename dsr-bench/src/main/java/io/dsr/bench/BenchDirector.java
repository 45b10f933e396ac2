package io.dsr.bench;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.RealServer;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A director with its control side, a clock that only {@link #advance} moves, and services all of
 * whose servers are reachable. The one place where benchmarks make directors and tables.
 */
public final class BenchDirector {

  private static final long SERVER_MAC = 0x0200_0001_0000L;
  private static final int SPARE_SERVERS = 8;

  private final Slots slots;
  private final ServiceTableBuilder tableBuilder;
  private final Director director;
  private final List<VirtualService> services;

  private Membership membership;
  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private long now;

  /**
   * Makes a director of one service, whose time is 0, without a limit on new flows, and that gives
   * up no flow before its time.
   *
   * @param traffic what the service carries
   * @param scheduler the service's scheduler, by its IPVS name
   * @param servers how many servers the service has, 1 to 65,000; the number of a server is its
   *     slot
   * @param maximumConnections how many flows it remembers at most
   */
  public BenchDirector(Traffic traffic, String scheduler, int servers, int maximumConnections) {
    this(List.of(service(traffic, scheduler, servers)), maximumConnections);
  }

  /**
   * Makes a director of several services, otherwise as that of one.
   *
   * @param services one or more; servers are numbered through all of them, in their order
   * @param maximumConnections how many flows it remembers at most
   */
  public BenchDirector(List<VirtualService> services, int maximumConnections) {
    this.services = new ArrayList<>(services);
    int servers = services.stream().mapToInt(service -> service.realServers().size()).sum();
    this.slots = new Slots(servers + SPARE_SERVERS);
    var load = new OverloadDetector(new ServerCounters(slots.count()), slots.count());
    var limits =
        new DirectorLimits(
            maximumConnections,
            HashKey.PLACEMENT,
            Admission.DEFAULT.newFlowsPerSecond(0).pressurePercent(100));
    this.tableBuilder = new ServiceTableBuilder(List.of(load), HashKey.PLACEMENT, () -> now, 1);
    this.director = new Director(slots, load, SampleFrame.BALANCER_MAC, limits, now);
    this.membership = Membership.empty(slots);
    for (int slot = 0; slot < slots.count(); slot++) {
      slots.mac(slot, SERVER_MAC + slot);
    }
    apply();
  }

  /** Returns a table for flows of servers 0 to 15, whose time is 0. */
  static FlowTracker table(boolean ipv6, int capacity) {
    return new FlowTracker(ipv6, capacity, HashKey.random(), new ServerCounters(16), 0);
  }

  /** Returns the number of the server that has that MAC address. */
  public static int server(long mac) {
    return (int) (mac - SERVER_MAC);
  }

  /**
   * Returns a server by its number, from 0 on.
   *
   * @param ipv6 whether its address is an IPv6 one
   * @param weight its weight
   */
  public static RealServer realServer(boolean ipv6, int number, int weight) {
    int host = number + 1;
    String address =
        ipv6
            ? "2001:db8:2::" + Integer.toHexString(host)
            : "10.1." + (host >> 8) + "." + (host & 0xff);
    return RealServer.of(address, weight);
  }

  /** Gives the only service more servers, at most 8 in all after it has been made. */
  public void addServers(int count) {
    VirtualService service = services.getFirst();
    var servers = new ArrayList<>(service.realServers());
    addServers(servers, count, service.key().isIpv6());
    services.set(0, service.realServers(servers));
    apply();
  }

  /** Lets the director decide about a frame. */
  public Verdict direct(SampleFrame frame) {
    return director.direct(frame.bytes()).verdict();
  }

  /** Shows a frame to the prefetcher. */
  void prefetch(SampleFrame frame) {
    director.prefetcher().prefetch(frame.bytes());
  }

  /** Has the director load what the prefetched frames need. */
  void loadPrefetched() {
    director.prefetcher().load();
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

  private void apply() {
    membership = membership.apply(services);
    Map<InetAddress, Reachability> reachable = new HashMap<>();
    membership.servers().forEach(server -> reachable.put(server, Reachability.REACHABLE));
    membership = membership.reachability(reachable);
    serviceTable = tableBuilder.serviceTable(membership, serviceTable);
    director.serviceTable(serviceTable, now);
  }

  private static VirtualService service(Traffic traffic, String scheduler, int count) {
    String vip = traffic.isIpv6() ? "2001:db8::10" : "192.0.2.10";
    var service =
        traffic.isTcp()
            ? VirtualService.tcp(vip, SampleFrame.PORT)
            : VirtualService.udp(vip, SampleFrame.PORT);
    var servers = new ArrayList<RealServer>();
    addServers(servers, count, traffic.isIpv6());
    return service.scheduler(Schedulers.named(scheduler).orElseThrow()).realServers(servers);
  }

  private static void addServers(List<RealServer> servers, int count, boolean ipv6) {
    for (int i = 0; i < count; i++) {
      int number = servers.size();
      servers.add(realServer(ipv6, number, 1 + (number & 3)));
    }
  }
}
