package io.dsr.core;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The counters of a balancer since its start. They are read while it runs: each number is
 * consistent, but not all are from the same instant. While no frame is under way, the frames that
 * the kernel counted are {@link #decidedFrames} and the losses of {@link Loss.Stage#RECEIVE};
 * {@link Loss} says more.
 *
 * @param services every service, in the order in which they came
 * @param verdicts frames by their verdict, each verdict with a count; a fragment that had waited
 *     for the first of its datagram counts twice, as held and as forwarded
 * @param releasedFragments how many of the forwarded frames are fragments that had waited
 * @param interfaces every interface, in the order in which they were given
 * @param tables what did not fit what the balancer remembers
 * @param extensions what code of the embedding program did wrong
 */
public record BalancerStatistics(
    List<ServiceStatistics> services,
    Map<Verdict, Long> verdicts,
    long releasedFragments,
    List<InterfaceStatistics> interfaces,
    TableStatistics tables,
    ExtensionStatistics extensions) {

  /** Copies its collections; a verdict without a count has zero. */
  public BalancerStatistics {
    services = List.copyOf(services);
    interfaces = List.copyOf(interfaces);
    verdicts = complete(verdicts);
  }

  /** Creates counters of a balancer whose extensions have done nothing wrong. */
  public BalancerStatistics(
      List<ServiceStatistics> services,
      Map<Verdict, Long> verdicts,
      long releasedFragments,
      List<InterfaceStatistics> interfaces,
      TableStatistics tables) {
    this(services, verdicts, releasedFragments, interfaces, tables, ExtensionStatistics.NONE);
  }

  private static Map<Verdict, Long> complete(Map<Verdict, Long> given) {
    Map<Verdict, Long> all = new EnumMap<>(Verdict.class);
    for (Verdict verdict : Verdict.values()) {
      all.put(verdict, given.getOrDefault(verdict, 0L));
    }
    return Collections.unmodifiableMap(all);
  }

  /** Returns how many frames have reached a verdict. */
  public long decidedFrames() {
    long all = verdicts.values().stream().mapToLong(n -> n).sum();
    return all - releasedFragments;
  }

  /** Returns how many frames the kernel had for all interfaces, those of a full ring included. */
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

  /** Returns how many frames were given to an interface to be sent and were not. */
  public long sendDrops() {
    return interfaces.stream().mapToLong(InterfaceStatistics::sendDrops).sum();
  }

  /** Returns how many frames were lost on all interfaces, by where and why; zeros too. */
  public Map<Loss, Long> losses() {
    Map<Loss, Long> sum = new EnumMap<>(Loss.class);
    for (Loss loss : Loss.values()) {
      sum.put(loss, interfaces.stream().mapToLong(each -> each.lost(loss)).sum());
    }
    return sum;
  }

  /**
   * How often a table had no room. No frame was lost: each flow was still served, but without the
   * entry that is counted here.
   *
   * @param evictedFlows flows that were forgotten early because a flow table was nearly full
   * @param untrackedSources how often a source was not counted, and so not limited, because the
   *     table of sources was full; of services that have gone too
   * @param refusedPersistence how often a client was not remembered because its source has as many
   *     clients as {@link Persistence#quota} allows; of services that have gone too
   * @param uncapturedFrames frames that are missing in a capture because its file was too slow
   */
  public record TableStatistics(
      long evictedFlows, long untrackedSources, long refusedPersistence, long uncapturedFrames) {

    /** All zero. */
    public static final TableStatistics NONE = new TableStatistics(0, 0, 0, 0);

    /** Returns the sum of both. */
    public TableStatistics plus(TableStatistics other) {
      return new TableStatistics(
          evictedFlows + other.evictedFlows,
          untrackedSources + other.untrackedSources,
          refusedPersistence + other.refusedPersistence,
          uncapturedFrames + other.uncapturedFrames);
    }
  }

  /**
   * What code of the embedding program did wrong: listeners, schedulers, pickers, handlers and what
   * sets up the pipelines.
   *
   * @param failures how often each threw something, by what it is and its class or its name in the
   *     pipeline; of 256 different ones at most, the rest under {@code others}
   * @param lostEvents how many events listeners did not get because they were too slow
   * @param slowFrames frames that handlers took 5 ms or more for
   */
  public record ExtensionStatistics(Map<String, Long> failures, long lostEvents, long slowFrames) {

    /** All zero. */
    public static final ExtensionStatistics NONE = new ExtensionStatistics(Map.of(), 0, 0);

    /** Copies the map. */
    public ExtensionStatistics {
      failures = Map.copyOf(failures);
    }
  }

  /**
   * What has been counted on one interface.
   *
   * @param name as the kernel calls it
   * @param attached whether frames are received and sent there; not while it is gone
   * @param kernelFrames frames that the kernel had for each event loop: those that the filter let
   *     through, whether or not the receive ring had room for them
   * @param received frames that came in here and reached a verdict
   * @param forwarded frames that came in here and were to be sent on, by whichever interface;
   *     fragments that had waited included
   * @param offered frames that were to be sent by this interface: forwarded from whichever
   *     interface, or made here
   * @param sent frames that the kernel took to send
   * @param losses frames that were lost, by where and why; zeros too
   */
  public record InterfaceStatistics(
      String name,
      boolean attached,
      List<Long> kernelFrames,
      long received,
      long forwarded,
      long offered,
      long sent,
      Map<Loss, Long> losses) {

    /** Copies its collections, and adds the losses that are missing as zeros. */
    public InterfaceStatistics {
      kernelFrames = List.copyOf(kernelFrames);
      Map<Loss, Long> all = new EnumMap<>(Loss.class);
      for (Loss loss : Loss.values()) {
        all.put(loss, losses.getOrDefault(loss, 0L));
      }
      losses = Collections.unmodifiableMap(all);
    }

    /** Returns how many frames were lost for one reason. */
    public long lost(Loss loss) {
      return losses.getOrDefault(loss, 0L);
    }

    /** Returns how many frames were lost at one stage. */
    public long lost(Loss.Stage stage) {
      return losses.entrySet().stream()
          .filter(each -> each.getKey().stage() == stage)
          .mapToLong(Map.Entry::getValue)
          .sum();
    }

    /** Returns how many frames the kernel dropped because the receive ring was full. */
    public long kernelDrops() {
      return lost(Loss.RING_FULL);
    }

    /** Returns how many frames were to be sent here and were not. */
    public long sendDrops() {
      return lost(Loss.Stage.SEND);
    }

    /** Returns the counts of both, under this name. */
    public InterfaceStatistics plus(InterfaceStatistics other) {
      List<Long> frames = new ArrayList<>();
      for (int loop = 0; loop < Math.max(kernelFrames.size(), other.kernelFrames.size()); loop++) {
        frames.add(of(kernelFrames, loop) + of(other.kernelFrames, loop));
      }
      Map<Loss, Long> sum = new EnumMap<>(Loss.class);
      for (Loss loss : Loss.values()) {
        sum.put(loss, lost(loss) + other.lost(loss));
      }
      return new InterfaceStatistics(
          name,
          attached,
          frames,
          received + other.received,
          forwarded + other.forwarded,
          offered + other.offered,
          sent + other.sent,
          sum);
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
   * @param configuredWeight the weight that its configuration gives it
   * @param override the weight that an operator set in its place
   * @param effectiveWeight the weight that its scheduler sees; 0 while it may take no new flow
   * @param reason why the effective weight is what it is
   * @param health what a health check last said of it in this service
   * @param mac where its frames go, empty until it has answered once
   * @param traffic frames, bytes and connections
   */
  public record ServerStatistics(
      InetAddress address,
      int configuredWeight,
      OptionalInt override,
      int effectiveWeight,
      WeightReason reason,
      Health health,
      Optional<MacAddress> mac,
      Traffic traffic) {}

  /**
   * Client-to-server traffic; the responses never pass the balancer.
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

    /** All zero. */
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
