package io.dsr.server.control;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.ChangePreview;
import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What can be asked of a balancer that runs, and told to it.
 *
 * <p>Called by the threads of {@link ControlServer}, several at once; never by one that forwards. A
 * stage that fails with an {@link IllegalArgumentException} was asked wrongly, any other failure is
 * the balancer's.
 */
public interface Operations {

  /** Returns the services as they run now. */
  List<VirtualService> services();

  /** Returns what has been counted since the start. */
  BalancerStatistics statistics();

  /**
   * Returns some of the remembered flows.
   *
   * @param from where to go on: 0, or the page before's {@link FlowPage#next}
   * @param limit the most flows to return, 1 or more; fewer come if many records were looked at
   */
  CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit);

  /** Returns at most {@code limit} of the clients that persistence remembers. */
  CompletionStage<List<PersistenceEntry>> sessions(FlowFilter filter, int limit);

  /** Forgets flows, and returns how many. */
  CompletionStage<Integer> forgetFlows(FlowFilter filter);

  /** Forgets clients that persistence remembers, and returns how many. */
  CompletionStage<Integer> forgetSessions(FlowFilter filter);

  /** Tells what would become of an Ethernet frame, without changing anything. */
  CompletionStage<Explanation> explain(byte[] frame);

  /** Tells what {@link #apply} of the same services would move. */
  CompletionStage<ChangePreview> preview(Collection<VirtualService> services);

  /** Sets a weight, 0 to 65535, in place of a real server's configured one. */
  CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight);

  /** Gives a real server its configured weight again. */
  CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server);

  /** Makes the services these and no others. */
  CompletionStage<Void> apply(Collection<VirtualService> services);

  /**
   * Lets a server take no new flows, until {@link #undrain} or its removal, and waits for its last
   * one, at most until the deadline.
   */
  CompletionStage<DrainReport> drain(ServiceKey service, InetAddress server, Duration deadline);

  /** Ends the draining of a server. */
  CompletionStage<Void> undrain(ServiceKey service, InetAddress server);

  /** Writes what is remembered to a file, and returns how many records. */
  CompletionStage<Long> exportSnapshot(Path file);

  /** Reads what another balancer has written, and returns how many records were taken. */
  CompletionStage<Long> importSnapshot(Path file);
}
