package io.dsr.server.control;

import io.dsr.core.Balancer;
import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.BanEntry;
import io.dsr.core.ChangePreview;
import io.dsr.core.DrainReport;
import io.dsr.core.Explanation;
import io.dsr.core.FlowEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.Loss;
import io.dsr.core.MacAddress;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A balancer of two services whose flows are made as they are asked for, however many. */
public final class FakeBalancer implements Balancer {

  public static final ServiceKey WEB = VirtualService.tcp("192.0.2.10", 80).key();
  public static final ServiceKey DNS = VirtualService.udp("2001:db8::10", 53).key();
  public static final InetAddress FIRST = InetAddress.ofLiteral("192.0.2.21");
  public static final InetAddress SECOND = InetAddress.ofLiteral("192.0.2.22");

  /** How many records a page may look at. */
  private static final int EXAMINED = 20_000;

  public final List<String> calls = new ArrayList<>();
  public final List<Integer> pages = new ArrayList<>();
  public volatile CompletableFuture<DrainReport> drained =
      CompletableFuture.completedFuture(new DrainReport(7, 0, 3, Duration.ofMillis(1_500)));
  public volatile List<VirtualService> previewed = List.of();
  public volatile byte[] explained = {};
  public volatile Runnable onStatistics = () -> {};
  public volatile OptionalInt override = OptionalInt.empty();
  public volatile int effective = 3;
  public volatile WeightReason reason = WeightReason.CONFIGURED;
  private final long flows;

  public FakeBalancer(long flows) {
    this.flows = flows;
  }

  @Override
  public List<VirtualService> services() {
    return List.of(
        VirtualService.of(WEB)
            .addKey(VirtualService.tcp("192.0.2.10", 443).key())
            .realServer("192.0.2.21", 3)
            .realServer("192.0.2.22", 2),
        VirtualService.of(DNS).realServer("2001:db8::21"));
  }

  @Override
  public BalancerStatistics statistics() {
    onStatistics.run();
    var first = new Traffic(1_234_567, 98_765_432_100L, 12, 3_456, 78_901);
    var second = new Traffic(1, 60, 1, 0, 1);
    Optional<MacAddress> mac = Optional.of(MacAddress.of("02:00:00:00:00:21"));
    return new BalancerStatistics(
        List.of(
            new ServiceStatistics(
                WEB,
                first.plus(second),
                List.of(
                    new ServerStatistics(
                        FIRST, 3, override, effective, reason, Health.UNKNOWN, mac, first),
                    new ServerStatistics(
                        SECOND,
                        2,
                        OptionalInt.of(7),
                        0,
                        WeightReason.UNHEALTHY,
                        Health.down("HTTP 503"),
                        Optional.empty(),
                        second))),
            new ServiceStatistics(DNS, Traffic.NONE, List.of())),
        Map.of(Verdict.FORWARD_NEW, 78_902L),
        0,
        List.of(
            new InterfaceStatistics(
                "eth0",
                true,
                List.of(60_000L, 20_000L),
                79_995,
                79_995,
                79_995,
                79_995,
                Map.of(Loss.RING_FULL, 5L))),
        TableStatistics.NONE);
  }

  @Override
  public CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit) {
    List<FlowEntry> found = new ArrayList<>();
    long at = from;
    while (at < flows && at < from + EXAMINED && found.size() < limit) {
      FlowEntry flow = flow(at++);
      if (filter.matches(flow)) {
        found.add(flow);
      }
    }
    pages.add(found.size());
    return done(new FlowPage(found, at == flows ? FlowPage.END : at, at - from));
  }

  static FlowEntry flow(long number) {
    return new FlowEntry(
        WEB,
        Protocol.TCP,
        InetAddress.ofLiteral("10.0." + (number >> 8 & 0xff) + "." + (number & 0xff)),
        1024 + (int) (number % 60_000),
        WEB.address(),
        80,
        number % 2 == 0 ? FIRST : SECOND,
        number % 10 == 0 ? "FIN_WAIT" : "ESTABLISHED",
        number % 10 != 0,
        Duration.ofSeconds(899));
  }

  @Override
  public CompletionStage<List<PersistenceEntry>> persistenceEntries(FlowFilter filter, int limit) {
    List<PersistenceEntry> found = new ArrayList<>();
    for (int i = 0; i < Math.min(limit, flows); i++) {
      IpPrefix client = IpPrefix.parse("10.0." + (i >> 8) + "." + (i & 0xff));
      found.add(
          new PersistenceEntry(
              WEB, client, client.toString(), FIRST, i == 1, Duration.ofSeconds(i == 1 ? 0 : 61)));
    }
    return done(found);
  }

  @Override
  public CompletionStage<Integer> forgetFlows(FlowFilter filter) {
    calls.add("forgetFlows " + filter);
    return done(12_345);
  }

  @Override
  public CompletionStage<Integer> forgetPersistence(FlowFilter filter) {
    calls.add("forgetPersistence " + filter);
    return done(3);
  }

  @Override
  public CompletionStage<Explanation> explain(byte[] frame) {
    explained = frame;
    return done(
        new Explanation(
            Verdict.FORWARD_NEW,
            List.of("It is the first frame of a flow.", "Nobody pinned its client."),
            Optional.of(WEB),
            Optional.of(flow(1)),
            Optional.of("wlc"),
            List.of(
                new Explanation.Candidate(
                    FIRST, 3, OptionalInt.empty(), 3, WeightReason.CONFIGURED, 1_200, 3_456),
                new Explanation.Candidate(
                    SECOND, 2, OptionalInt.of(7), 0, WeightReason.UNREACHABLE, 1, 0)),
            Optional.of(FIRST),
            Optional.of(MacAddress.of("02:00:00:00:00:21"))));
  }

  @Override
  public CompletionStage<ChangePreview> preview(Collection<VirtualService> services) {
    previewed = List.copyOf(services);
    if (services.isEmpty()) {
      return done(new ChangePreview(List.of()));
    }
    return done(
        new ChangePreview(
            List.of(
                new ChangePreview.ServiceChange(
                    WEB, "a server more", Optional.of(0.3456), 1 / 3.0, 1000, 2_000_000, 12, 345),
                new ChangePreview.ServiceChange(DNS, "removed", Optional.empty(), 1, 0, 5, 5, 5))));
  }

  @Override
  public CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight) {
    calls.add("overrideWeight " + service + " " + server.getHostAddress() + " " + weight);
    return CompletableFuture.allOf();
  }

  @Override
  public CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server) {
    calls.add("clearOverride " + service + " " + server.getHostAddress());
    return CompletableFuture.allOf();
  }

  @Override
  public CompletionStage<Void> undrain(ServiceKey service, InetAddress server) {
    calls.add("undrain " + service + " " + server.getHostAddress());
    effective = 3;
    reason = WeightReason.CONFIGURED;
    return CompletableFuture.allOf();
  }

  @Override
  public CompletionStage<Void> apply(Collection<VirtualService> services) {
    return refused();
  }

  @Override
  public CompletionStage<DrainReport> drain(
      ServiceKey service, InetAddress server, Duration deadline) {
    calls.add("drain " + service + " " + server.getHostAddress() + " " + deadline);
    return drained;
  }

  @Override
  public CompletionStage<Long> exportSnapshot(Path file) {
    calls.add("export " + file);
    return done(2_000_000L);
  }

  @Override
  public CompletionStage<Long> importSnapshot(Path file) {
    return CompletableFuture.failedFuture(new java.io.IOException(file + ": not a snapshot"));
  }

  @Override
  public CompletionStage<Void> addService(VirtualService service) {
    return refused();
  }

  @Override
  public CompletionStage<Void> replaceService(VirtualService service) {
    return refused();
  }

  @Override
  public CompletionStage<Void> removeService(ServiceKey service) {
    return refused();
  }

  @Override
  public CompletionStage<Void> addRealServer(ServiceKey service, RealServer server) {
    return refused();
  }

  @Override
  public CompletionStage<Void> removeRealServer(ServiceKey service, InetAddress server) {
    return refused();
  }

  @Override
  public CompletionStage<Void> health(ServiceKey service, InetAddress server, Health health) {
    return refused();
  }

  @Override
  public CompletionStage<Void> own() {
    return refused();
  }

  @Override
  public CompletionStage<Void> standby() {
    return refused();
  }

  @Override
  public CompletionStage<Void> announce() {
    return refused();
  }

  @Override
  public CompletionStage<List<BanEntry>> bans(FlowFilter filter, int limit) {
    return done(List.of());
  }

  @Override
  public CompletionStage<Integer> unban(FlowFilter filter) {
    calls.add("unban " + filter);
    return done(0);
  }

  @Override
  public CompletionStage<Void> startCapture(Path file) {
    return refused();
  }

  @Override
  public CompletionStage<Void> stopCapture() {
    return refused();
  }

  @Override
  public Registration addListener(Consumer<? super BalancerEvent> listener) {
    return () -> {};
  }

  @Override
  public void close() {}

  private static CompletionStage<Void> refused() {
    return CompletableFuture.failedFuture(new IllegalStateException("not started"));
  }

  private static <T> CompletionStage<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }
}
