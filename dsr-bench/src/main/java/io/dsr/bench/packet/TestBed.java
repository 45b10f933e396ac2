package io.dsr.bench.packet;

import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Two namespaces and the veth pair between them.
 *
 * <pre>
 *   client: generator -&gt; [cl] ======= [lb] :balancer
 *           sink      &lt;- [cl]
 * </pre>
 *
 * <p>The balancer stands on one arm, as an XDP_TX or a one-interface balancer does. What it sends
 * arrives at the client's end, where the sink plays every real server and the router: it counts by
 * destination MAC and drops. That models the segment without paying for a bridge.
 *
 * <p>Both interfaces have one queue, and GRO, which gives a veth its NAPI. Nothing is left when the
 * process ends, however it ends.
 */
final class TestBed implements AutoCloseable {

  /** The balancer's MAC on the segment. */
  static final String BALANCER_MAC = "02:00:00:00:00:b0";

  private static final String CLIENT_MAC = "02:00:00:00:00:c0";
  private static final int COALESCED_NANOS = 30_000;
  private static final int DEFERRED_INTERRUPTS = 100;
  private static final AtomicInteger BUILT = new AtomicInteger();

  private final NetworkNamespace client;
  private final NetworkNamespace balancer;
  private final String clientInterface;
  private final String balancerInterface;
  private boolean coalescing;

  private TestBed(NetworkNamespace client, NetworkNamespace balancer) {
    this.client = client;
    this.balancer = balancer;
    // Kernel threads are named for their interface: no two test beds may share a name, and 15
    // characters are all that a thread's name has.
    String own =
        Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX)
            + Integer.toString(BUILT.getAndIncrement() % Character.MAX_RADIX, Character.MAX_RADIX);
    clientInterface = "cl" + own;
    balancerInterface = "lb" + own;
  }

  /**
   * Builds it.
   *
   * @param threaded whether each interface is polled by a kernel thread of its own, which can be
   *     pinned and metered, and not by softirq
   */
  static TestBed build(boolean threaded) throws IOException {
    var bed = new TestBed(NetworkNamespace.create("client"), NetworkNamespace.create("balancer"));
    boolean success = false;
    try {
      bed.wire(threaded);
      success = true;
      return bed;
    } finally {
      if (!success) {
        bed.close();
      }
    }
  }

  NetworkNamespace client() {
    return client;
  }

  NetworkNamespace balancer() {
    return balancer;
  }

  String clientInterface() {
    return clientInterface;
  }

  String balancerInterface() {
    return balancerInterface;
  }

  /** Lets the kernel poll every 30 us while frames come, or at once for each. */
  void coalesce(boolean on) throws IOException {
    if (on == coalescing) {
      return;
    }
    coalescing = on;
    int timeout = on ? COALESCED_NANOS : 0;
    int deferred = on ? DEFERRED_INTERRUPTS : 0;
    set(client, clientInterface, "gro_flush_timeout", timeout);
    set(client, clientInterface, "napi_defer_hard_irqs", deferred);
    set(balancer, balancerInterface, "gro_flush_timeout", timeout);
    set(balancer, balancerInterface, "napi_defer_hard_irqs", deferred);
  }

  /** Returns the kernel threads that poll an interface. */
  List<Long> pollers(String networkInterface) throws IOException {
    var threads = new ArrayList<Long>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        if (name(process).startsWith("napi/" + networkInterface + "-")) {
          threads.add(Long.valueOf(process.getFileName().toString()));
        }
      }
    }
    return threads;
  }

  /** Runs a program in the balancer's namespace, to its end. */
  String onBalancer(String input, String... command) throws IOException {
    return Command.run(balancer.processBuilder(List.of(command)), input);
  }

  private void wire(boolean threaded) throws IOException {
    String ip = Program.IP.command();
    onBalancer(addresses(), ip, "-batch", "-");
    Command.run(
        client.processBuilder(List.of(ip, "link", "set", "dev", clientInterface, "up")), "");
    for (NetworkNamespace end : List.of(client, balancer)) {
      String name = end.equals(client) ? clientInterface : balancerInterface;
      Command.run(
          end.processBuilder(List.of(Program.ETHTOOL.command(), "-K", name, "gro", "on")), "");
      if (threaded) {
        set(end, name, "threaded", 1);
      }
    }
  }

  private String addresses() {
    String device = " dev " + balancerInterface;
    return String.join(
        "\n",
        "link set dev lo up",
        "link add name %s numtxqueues 1 numrxqueues 1 address %s type veth peer name %s"
                .formatted(balancerInterface, BALANCER_MAC, clientInterface)
            + " numtxqueues 1 numrxqueues 1 address %s netns %s"
                .formatted(CLIENT_MAC, client.path()),
        "link set" + device + " up",
        "addr add " + Segment.BALANCER + "/16" + device,
        "addr add " + Segment.BALANCER6 + "/64" + device + " nodad",
        "route add default via " + Segment.ROUTER + device,
        "");
  }

  /** By a mount of sysfs, for /sys shows the namespace in which it was mounted. */
  private static void set(NetworkNamespace end, String name, String attribute, int value)
      throws IOException {
    String script =
        "mount -t sysfs sysfs /sys && echo "
            + value
            + " > /sys/class/net/"
            + name
            + "/"
            + attribute;
    Command.run(
        end.processBuilder(List.of(Program.UNSHARE.command(), "-m", "sh", "-c", script)), "");
  }

  private static String name(Path process) {
    try {
      return Files.readString(process.resolve("comm"));
    } catch (IOException e) {
      return ""; // no process, or one that has ended
    }
  }

  /** Takes namespaces and interfaces away. */
  @Override
  public void close() {
    balancer.close();
    client.close();
  }
}
