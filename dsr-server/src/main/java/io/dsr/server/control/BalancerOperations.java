package io.dsr.server.control;

import static java.util.Objects.requireNonNull;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.ChangePreview;
import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.netty.DsrBalancer;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The operations of a {@link DsrBalancer}; what it does not offer is refused by name. */
public final class BalancerOperations implements Operations {

  private final DsrBalancer balancer;

  /** Creates the operations of a balancer, which need not have started yet. */
  public BalancerOperations(DsrBalancer balancer) {
    this.balancer = requireNonNull(balancer, "balancer");
  }

  @Override
  public List<VirtualService> services() {
    return balancer.services();
  }

  @Override
  public BalancerStatistics statistics() {
    return balancer.statistics();
  }

  @Override
  public CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit) {
    return stage(balancer.inspector().flows(filter, from, limit));
  }

  @Override
  public CompletionStage<List<PersistenceEntry>> sessions(FlowFilter filter, int limit) {
    return stage(balancer.inspector().entries(filter, limit));
  }

  @Override
  public CompletionStage<Integer> forgetFlows(FlowFilter filter) {
    return stage(balancer.inspector().forgetFlows(filter));
  }

  @Override
  public CompletionStage<Integer> forgetSessions(FlowFilter filter) {
    return stage(balancer.inspector().forgetSessions(filter));
  }

  @Override
  public CompletionStage<Explanation> explain(byte[] frame) {
    return stage(balancer.inspector().explain(frame));
  }

  @Override
  public CompletionStage<ChangePreview> preview(Collection<VirtualService> services) {
    return stage(balancer.inspector().preview(services));
  }

  @Override
  public CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight) {
    return stage(balancer.overrideWeight(service, server, weight));
  }

  @Override
  public CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server) {
    return stage(balancer.clearOverride(service, server));
  }

  @Override
  public CompletionStage<Void> apply(Collection<VirtualService> services) {
    return stage(balancer.apply(services));
  }

  @Override
  public CompletionStage<DrainReport> drain(
      ServiceKey service, InetAddress server, Duration deadline) {
    return stage(balancer.drain(service, server, deadline))
        .thenApply(
            report -> new DrainReport(report.flowsAtStart(), report.flowsLeft(), report.took()));
  }

  @Override
  public CompletionStage<Void> undrain(ServiceKey service, InetAddress server) {
    return stage(balancer.undrain(service, server));
  }

  @Override
  public CompletionStage<Long> exportSnapshot(Path file) {
    return stage(balancer.inspector().exportSnapshot(file));
  }

  @Override
  public CompletionStage<Long> importSnapshot(Path file) {
    return stage(balancer.inspector().importSnapshot(file));
  }

  /** Returns a stage that ends as a Netty future does. */
  static <T> CompletionStage<T> stage(Future<T> future) {
    var stage = new CompletableFuture<T>();
    future.addListener((Future<T> done) -> {
      if (done.isSuccess()) {
        stage.complete(done.getNow());
      } else {
        stage.completeExceptionally(requireNonNull(done.cause(), "cause"));
      }
    });
    return stage;
  }
}
