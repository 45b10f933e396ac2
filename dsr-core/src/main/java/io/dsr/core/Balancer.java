package io.dsr.core;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Everything that can be asked of a running balancer, and told to it. A control socket, a console
 * or an exporter of metrics needs this and nothing else, and a test can implement it in memory.
 *
 * <p>Any thread may call; no method blocks but {@link #close}. Changes are made one after the
 * other, each as a whole or not at all.
 *
 * <p><b>Stages.</b> A stage is completed on one of the balancer's own threads, never on an event
 * loop that forwards frames. A dependent without an executor of its own runs on that thread, or on
 * the thread that adds it if the stage is complete by then; it must not block, or the balancer's
 * next change waits for it. On the balancer's own threads, waiting for a stage ({@code
 * toCompletableFuture().get()}) throws {@link IllegalStateException} instead of waiting for itself.
 * Cancelling a stage does not undo the operation.
 *
 * <p><b>Failures.</b> A method throws {@link NullPointerException} for a null argument. Everything
 * else fails the stage: with {@link IllegalArgumentException} for what the caller gave, with {@link
 * IllegalStateException} if the balancer has not started, is closed, or is in the wrong state, and
 * with {@link java.io.IOException} for what the file system or the kernel refused. A change that
 * fails has changed nothing.
 */
public interface Balancer extends AutoCloseable {

  // --- what runs ---

  /** Returns the services as they run now. */
  List<VirtualService> services();

  /** Returns what has been counted since the start. */
  BalancerStatistics statistics();

  // --- changes ---

  /** Adds a service, and its VIP if that is new; fails if there is a service of that key. */
  CompletionStage<Void> addService(VirtualService service);

  /**
   * Replaces the service of the same key: its scheduler, persistence, rules and servers. The flows
   * of servers that stay are untouched; of those that go, {@link ServiceRules#removal} decides.
   */
  CompletionStage<Void> replaceService(VirtualService service);

  /**
   * Removes a service. Its flows are treated as {@link ServiceRules#removal} says, as long as
   * another service holds the VIP; the last service of a VIP takes the VIP with it.
   */
  CompletionStage<Void> removeService(ServiceKey service);

  /**
   * Adds a real server to a service. It takes new flows once it has answered ARP or neighbor
   * discovery.
   */
  CompletionStage<Void> addRealServer(ServiceKey service, RealServer server);

  /**
   * Removes a real server from a service. It takes no new flows; what becomes of the flows that it
   * has is for {@link ServiceRules#removal} to say.
   */
  CompletionStage<Void> removeRealServer(ServiceKey service, InetAddress server);

  /**
   * Makes the services these and no others, by adding, replacing and removing what differs. This
   * changes what is configured and nothing else: overrides, drains and health stay with each server
   * that stays.
   */
  CompletionStage<Void> apply(Collection<VirtualService> services);

  // --- what an operator, or a health check, wants of one server ---
  // These are kept apart from what is configured. Each takes the first key of a service and the
  // server's own address, and fails if there is no such service or server.

  /**
   * Gives a real server a weight in place of its configured one, until {@link #clearOverride} or
   * its removal; {@link #apply} and {@link #replaceService} leave it alone. With 0 it takes no new
   * flows, and those that it has go on.
   *
   * @param weight 0 to {@link RealServer#MAXIMUM_WEIGHT}
   */
  CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight);

  /** Gives a real server its configured weight again; without an override nothing changes. */
  CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server);

  /**
   * Drains a real server: it takes no new flows, those that it has go on, and it stays in its
   * service. It drains until {@link #undrain} or its removal, past the deadline too, and whatever
   * {@link #apply} and {@link #replaceService} say of its weight.
   *
   * @param deadline how long to wait at most, 0 to 7 days
   * @return complete when its last flow has ended or the deadline has passed
   */
  CompletionStage<DrainReport> drain(ServiceKey service, InetAddress server, Duration deadline);

  /**
   * Ends the draining of a real server: it may take new flows again, with the weight that it was
   * given before or meanwhile. A server that does not drain stays as it is. A stage of {@link
   * #drain} goes on to wait.
   */
  CompletionStage<Void> undrain(ServiceKey service, InetAddress server);

  /**
   * Takes note of what a health check of yours says of a real server in one service. One that is
   * {@link Health.State#DOWN} takes no new flows, and clients that persistence remembers go to
   * others; flows that it has go on. {@link Health#UNKNOWN}, which is how each server begins, says
   * that no check is in charge.
   */
  CompletionStage<Void> health(ServiceKey service, InetAddress server, Health health);

  // --- the VIPs on the network ---

  /**
   * Owns all VIPs from now on: their frames are forwarded, ARP and neighbor discovery are answered
   * for them, and they are announced, unless the balancer was built with {@link VipOwnership#NONE}.
   * Does nothing if they are owned.
   */
  CompletionStage<Void> own();

  /**
   * Owns no VIP from now on, but keeps all services and flows: every frame for a VIP is dropped
   * ({@link Verdict#DROP_STANDBY}), nothing is answered and nothing is announced.
   */
  CompletionStage<Void> standby();

  /**
   * Announces every VIP that is owned again, by gratuitous ARP and unsolicited neighbor
   * advertisements.
   */
  CompletionStage<Void> announce();

  // --- flows, persistence and bans ---

  /**
   * Returns flows that match, a page at a time. A page may hold fewer than {@code limit}, or none,
   * though there are more: {@link FlowPage#next} tells.
   *
   * @param from 0, or {@link FlowPage#next} of the page before
   * @param limit how many flows at most, 1 to 100,000
   */
  CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit);

  /**
   * Forgets flows that match, and returns how many. The next frame of each is placed as if it were
   * in the middle of a flow that nobody remembers.
   */
  CompletionStage<Integer> forgetFlows(FlowFilter filter);

  /**
   * Returns clients that persistence remembers, and pins. {@link FlowFilter#state} does not matter.
   *
   * @param limit how many at most, 1 to 100,000
   */
  CompletionStage<List<PersistenceEntry>> persistenceEntries(FlowFilter filter, int limit);

  /** Forgets clients that persistence remembers, and returns how many; pins stay. */
  CompletionStage<Integer> forgetPersistence(FlowFilter filter);

  /**
   * Returns sources that are banned for having gone over {@link SourceLimits}.
   *
   * @param filter by service and client; a source matches if it is within {@link FlowFilter#client}
   *     or holds it. Fails if server or state is given: a ban has neither
   * @param limit how many at most, 1 to 100,000
   */
  CompletionStage<List<BanEntry>> bans(FlowFilter filter, int limit);

  /**
   * Ends bans that match, and returns how many. The counts that led to a ban stay: a source that
   * goes over a limit again is banned again.
   *
   * @param filter as for {@link #bans}
   */
  CompletionStage<Integer> unban(FlowFilter filter);

  // --- what would be ---

  /**
   * Tells what would become of a frame just now, and why; nothing is changed.
   *
   * @param frame from its Ethernet header on, without the frame check sequence; it is copied
   */
  CompletionStage<Explanation> explain(byte[] frame);

  /**
   * Tells what {@link #apply} of the same services would move; nothing is changed.
   *
   * @param services all services that there would be
   */
  CompletionStage<ChangePreview> preview(Collection<VirtualService> services);

  // --- files ---

  /**
   * Writes all flows and all that persistence remembers to a file, and returns how many records
   * they are. The file is there as a whole or not at all; one that was there is replaced.
   */
  CompletionStage<Long> exportSnapshot(Path file);

  /**
   * Reads a file that {@link #exportSnapshot} has written, and remembers what is in it, but for
   * what is remembered already and what has no service or server here. Returns how many records
   * were taken.
   */
  CompletionStage<Long> importSnapshot(Path file);

  /**
   * Begins to write every frame, as it was received and as it was sent, to a pcap file; fails if a
   * capture runs already or the file cannot be created.
   */
  CompletionStage<Void> startCapture(Path file);

  /** Ends the capture, if one runs; the stage is complete when the file is. */
  CompletionStage<Void> stopCapture();

  // --- events ---

  /**
   * Has a listener told of what happens from now on.
   *
   * <p>Events come one after the other, on threads of the balancer's own that do not forward
   * frames: a listener must not block. What it throws is logged, and the other listeners hear the
   * event all the same.
   *
   * @return what ends this; closing it twice does nothing
   */
  Registration addListener(Consumer<? super BalancerEvent> listener);

  /** A listener's registration. */
  interface Registration extends AutoCloseable {

    /** Ends it: no event that happens from now on is told to the listener. Any thread. */
    @Override
    void close();
  }

  /**
   * Gives up the VIPs and everything that was set up for them. Waits at most two seconds; closing
   * twice does nothing. Operations that are under way fail with {@link IllegalStateException}.
   */
  @Override
  void close();
}
