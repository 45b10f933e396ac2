package io.dsr.core;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a balancer has counted since it started, read while it runs: each number is whole, though
 * not all are of one moment.
 *
 * @param services every service, in the order in which they came
 * @param verdicts frames by their verdict, each verdict with a count
 * @param interfaces every interface, in the order in which they were given
 */
public record BalancerStatistics(
    List<ServiceStatistics> services,
    Map<Verdict, Long> verdicts,
    List<InterfaceStatistics> interfaces) {

  /** Copies its collections; a verdict without a count has zero. */
  public BalancerStatistics {
    services = List.copyOf(services);
    interfaces = List.copyOf(interfaces);
    verdicts = complete(verdicts);
  }

  private static Map<Verdict, Long> complete(Map<Verdict, Long> given) {
    Map<Verdict, Long> all = new EnumMap<>(Verdict.class);
    for (Verdict verdict : Verdict.values()) {
      all.put(verdict, given.getOrDefault(verdict, 0L));
    }
    return Collections.unmodifiableMap(all);
  }

  /** Returns how many frames the kernel has put into the receive rings of all interfaces. */
  public long kernelFrames() {
    return interfaces.stream()
        .flatMap(each -> each.kernelFrames().stream())
        .mapToLong(n -> n)
        .sum();
  }

  /** Returns how many frames the kernel dropped because a receive ring was full. */
  public long kernelDrops() {
    return interfaces.stream().mapToLong(InterfaceStatistics::kernelDrops).sum();
  }

  /** Returns how many frames the kernel refused to send. */
  public long sendDrops() {
    return interfaces.stream().mapToLong(InterfaceStatistics::sendDrops).sum();
  }

  /**
   * What has been counted on one interface.
   *
   * @param name as the kernel calls it
   * @param attached whether frames are received and sent there; not while it is gone
   * @param kernelFrames frames that the kernel has put into the receive ring of each event loop
   * @param kernelDrops frames that the kernel dropped because a receive ring was full
   * @param sent frames that the kernel took
   * @param sendQueueFull frames that it refused because a queue was full
   * @param sendRefused frames that it refused for any other reason
   */
  public record InterfaceStatistics(
      String name,
      boolean attached,
      List<Long> kernelFrames,
      long kernelDrops,
      long sent,
      long sendQueueFull,
      long sendRefused) {

    /** Copies its list. */
    public InterfaceStatistics {
      kernelFrames = List.copyOf(kernelFrames);
    }

    /** Returns how many frames the kernel refused to send. */
    public long sendDrops() {
      return sendQueueFull + sendRefused;
    }

    /** Returns the counts of both, under this name. */
    public InterfaceStatistics plus(InterfaceStatistics other) {
      List<Long> frames = new ArrayList<>();
      for (int loop = 0; loop < Math.max(kernelFrames.size(), other.kernelFrames.size()); loop++) {
        frames.add(of(kernelFrames, loop) + of(other.kernelFrames, loop));
      }
      return new InterfaceStatistics(
          name,
          attached,
          frames,
          kernelDrops + other.kernelDrops,
          sent + other.sent,
          sendQueueFull + other.sendQueueFull,
          sendRefused + other.sendRefused);
    }

    private static long of(List<Long> counts, int loop) {
      return loop < counts.size() ? counts.get(loop) : 0;
    }
  }

  /**
   * What has been counted for one virtual service: the sum over its servers.
   *
   * @param service protocol, VIP and port
   * @param traffic frames, bytes and connections
   * @param servers each of its servers, removed ones too while they have connections
   */
  public record ServiceStatistics(
      ServiceKey service, Traffic traffic, List<ServerStatistics> servers) {

    /** Copies its list. */
    public ServiceStatistics {
      servers = List.copyOf(servers);
    }
  }

  /**
   * What has been counted for one real server of one service.
   *
   * @param address the server's own address
   * @param configuredWeight the weight that the operator gave it
   * @param effectiveWeight the weight that its scheduler sees; 0 while it may take no new flow
   * @param reason why the two weights differ, empty if they do not
   * @param mac where its frames go, empty until it has answered once
   * @param traffic frames, bytes and connections
   */
  public record ServerStatistics(
      InetAddress address,
      int configuredWeight,
      int effectiveWeight,
      String reason,
      Optional<MacAddress> mac,
      Traffic traffic) {}

  /**
   * Client-to-server traffic; the answers never pass.
   *
   * @param packets frames forwarded; a frame that the kernel has merged from several counts as one
   * @param bytes their bytes, Ethernet headers included
   * @param activeConnections connections in an active state just now
   * @param inactiveConnections connections that are closing or closed, but remembered
   * @param totalConnections connections begun so far
   */
  public record Traffic(
      long packets,
      long bytes,
      long activeConnections,
      long inactiveConnections,
      long totalConnections) {

    /** Nothing yet. */
    public static final Traffic NONE = new Traffic(0, 0, 0, 0, 0);

    /** Returns the sum of both. */
    public Traffic plus(Traffic other) {
      return new Traffic(
          packets + other.packets,
          bytes + other.bytes,
          activeConnections + other.activeConnections,
          inactiveConnections + other.inactiveConnections,
          totalConnections + other.totalConnections);
    }
  }
}
