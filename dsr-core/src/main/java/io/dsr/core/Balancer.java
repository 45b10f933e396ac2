package io.dsr.core;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The operations of a running balancer. A control socket, a console or an exporter of metrics needs
 * this and nothing else, and a test can implement it in memory.
 *
 * <p>Any thread may call; no method blocks but {@link #close}. Changes are made one after the
 * other, each as a whole or not at all.
 *
 * <p><b>Stages.</b> A stage is completed on a thread that does nothing else, neither the one that
 * makes changes nor an event loop that forwards frames. A dependent without an executor of its own
 * runs on that thread, or on the thread that adds it if the stage is complete by then; it may
 * block, and may wait for other stages. On the balancer's own threads (those of handlers,
 * schedulers and pickers), waiting for a stage ({@code toCompletableFuture().get()}) throws {@link
 * IllegalStateException} instead of waiting for itself. Cancelling a stage does not undo the
 * operation.
 *
 * <p><b>Failures.</b> A method throws {@link NullPointerException} for a null argument. Everything
 * else fails the stage: with {@link IllegalArgumentException} for what the caller gave, with {@link
 * IllegalStateException} if the balancer has not started, is closed, or is in the wrong state, and
 * with {@link java.io.IOException} for what the file system or the kernel refused. A change that
 * fails has changed nothing.
 */
public interface Balancer extends AutoCloseable {

  // --- what runs ---

  /** Returns the services with their current configuration. */
  List<VirtualService> services();

  /** Returns the counters since the start. */
  BalancerStatistics statistics();

  // --- changes ---

  /** Adds a service, and its VIP if that is new; fails if a service with that key exists. */
  CompletionStage<Void> addService(VirtualService service);

  /**
   * Replaces the service of the same key: its scheduler, persistence, rules and servers. Flows of
   * servers that stay are untouched; {@link ServiceRules#removal} decides about the flows of
   * removed servers.
   */
  CompletionStage<Void> replaceService(VirtualService service);

  /**
   * Removes a service. {@link ServiceRules#removal} decides about its flows, as long as another
   * service has the VIP. With the last service of a VIP the VIP goes too.
   */
  CompletionStage<Void> removeService(ServiceKey service);

  /**
   * Adds a real server to a service. It takes new flows once it has answered ARP or neighbor
   * discovery.
   */
  CompletionStage<Void> addRealServer(ServiceKey service, RealServer server);

  /**
   * Removes a real server from a service. It takes no new flows; {@link ServiceRules#removal}
   * decides about its live flows.
   */
  CompletionStage<Void> removeRealServer(ServiceKey service, InetAddress server);

  /**
   * Replaces the whole configuration: adds, replaces and removes the services that differ.
   * Overrides, drains and health of the remaining servers stay as they are.
   */
  CompletionStage<Void> apply(Collection<VirtualService> services);

  // --- what an operator, or a health check, wants of one server ---
  // These are kept apart from what is configured. Each takes the first key of a service and the
  // server's own address, and fails if there is no such service or server.

  /**
   * Overrides the configured weight of a real server, until {@link #clearOverride} or its removal;
   * {@link #apply} and {@link #replaceService} leave it alone. With weight 0 it takes no new flows;
   * its live flows continue.
   *
   * @param weight 0 to {@link RealServer#MAXIMUM_WEIGHT}
   */
  CompletionStage<Void> overrideWeight(ServiceKey service, InetAddress server, int weight);

  /** Restores the configured weight of a real server; without an override nothing changes. */
  CompletionStage<Void> clearOverride(ServiceKey service, InetAddress server);

  /**
   * Drains a real server: it takes no new flows, its live flows continue, and it stays in its
   * service. It drains until {@link #undrain} or its removal, even past the deadline and through
   * {@link #apply} and {@link #replaceService}.
   *
   * @param deadline how long to wait at most, 0 to 7 days
   * @return complete when its last active flow has ended or the deadline has passed; connections
   *     that are closed, but still remembered, keep nobody waiting
   */
  CompletionStage<DrainReport> drain(ServiceKey service, InetAddress server, Duration deadline);

  /**
   * Ends the draining of a real server: it may take new flows again, with its current weight. Has
   * no effect on a server that is not draining. A stage of {@link #drain} keeps waiting.
   */
  CompletionStage<Void> undrain(ServiceKey service, InetAddress server);

  /**
   * Reports the result of your health check of a real server in one service. One that is {@link
   * Health.State#DOWN} takes no new flows, and its persistent clients go to other servers; its live
   * flows continue. {@link Health#UNKNOWN}, the initial state, means that no check is in charge.
   */
  CompletionStage<Void> health(ServiceKey service, InetAddress server, Health health);

  // --- the VIPs on the network ---

  /**
   * Owns all VIPs from now on: their frames are forwarded, ARP and neighbor discovery are answered
   * for them, and they are announced, unless the balancer was built with {@link VipOwnership#NONE}.
   * Does nothing if it owns them already. Fails with {@link java.io.IOException}, and changes
   * nothing, if another balancer of this host owns one of them on an interface.
   */
  CompletionStage<Void> own();

  /**
   * Owns no VIP from now on, but keeps all services and flows: every frame for a VIP is dropped
   * ({@link Verdict#DROP_STANDBY}), nothing is answered and nothing is announced.
   */
  CompletionStage<Void> standby();

  /** Announces every owned VIP again, by gratuitous ARP and unsolicited neighbor advertisements. */
  CompletionStage<Void> announce();

  // --- flows, persistence and bans ---

  /**
   * Returns one page of the matching flows. A page may hold fewer than {@code limit}, or none,
   * though there are more: {@link FlowPage#next} tells.
   *
   * @param from 0, or {@link FlowPage#next} of the page before
   * @param limit how many flows at most, 1 to 100,000
   */
  CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit);

  /**
   * Forgets the matching flows, and returns how many. The next frame of each is placed like a frame
   * in the middle of an unknown flow.
   */
  CompletionStage<Integer> forgetFlows(FlowFilter filter);

  /**
   * Returns the persistence entries and the pins. {@link FlowFilter#state} is ignored.
   *
   * @param limit how many at most, 1 to 100,000
   */
  CompletionStage<List<PersistenceEntry>> persistenceEntries(FlowFilter filter, int limit);

  /** Forgets persistence entries, and returns how many; pins stay. */
  CompletionStage<Integer> forgetPersistence(FlowFilter filter);

  /**
   * Returns the sources that are banned because they exceeded their {@link SourceLimits}.
   *
   * @param filter by service and client; a source matches if it is within {@link FlowFilter#client}
   *     or holds it. Fails if server or state is given: a ban has neither
   * @param limit how many at most, 1 to 100,000
   */
  CompletionStage<List<BanEntry>> bans(FlowFilter filter, int limit);

  /**
   * Lifts the matching bans, and returns how many. The counts that led to a ban stay: a source that
   * goes over a limit again is banned again.
   *
   * @param filter as for {@link #bans}
   */
  CompletionStage<Integer> unban(FlowFilter filter);

  // --- what would be ---

  /**
   * Explains what the balancer would do with a frame now, and why; changes nothing.
   *
   * @param frame from its Ethernet header on, without the frame check sequence; it is copied
   */
  CompletionStage<Explanation> explain(byte[] frame);

  /**
   * Shows which flows {@link #apply} would move; changes nothing.
   *
   * @param services all services that there would be
   */
  CompletionStage<ChangePreview> preview(Collection<VirtualService> services);

  // --- files ---

  /**
   * Writes all flows and persistence entries to a file, and returns the number of records. The file
   * is written completely or not at all, with mode 0600. It replaces an existing regular file;
   * fails if there is anything else.
   */
  CompletionStage<Long> exportSnapshot(Path file);

  /**
   * Reads a file that {@link #exportSnapshot} wrote. Skips records that exist already or have no
   * service or server here. Returns the number of imported records. Fails, and imports nothing, if
   * the file is not a regular one or is damaged.
   */
  CompletionStage<Long> importSnapshot(Path file);

  /**
   * Starts writing every received and sent frame to a pcap file of mode 0600, in place of a regular
   * file of that name; fails if a capture is already running, if there is anything else, or if the
   * file cannot be created.
   */
  CompletionStage<Void> startCapture(Path file);

  /** Ends the capture, if one is running; the stage completes when the file is complete. */
  CompletionStage<Void> stopCapture();

  // --- events ---

  /**
   * Adds a listener for all future events.
   *
   * <p>A listener gets events one after the other and in their order, on a thread that does nothing
   * else: it may block, and may call everything here and wait for it, {@link #close} too. While it
   * is slow, up to 1,024 events wait for it: losses of frames are added up, beyond that the oldest
   * are dropped and it gets a {@link BalancerEvent.EventsLost} in their place. If it throws,
   * whatever that is, this is logged once, told as {@link BalancerEvent.ExtensionFailed} and
   * counted in {@link BalancerStatistics#extensions}; the listener gets the next event all the
   * same.
   *
   * @return the registration; closing it removes the listener
   */
  Registration addListener(Consumer<? super BalancerEvent> listener);

  /** A listener's registration. */
  interface Registration extends AutoCloseable {

    /** Removes the listener: it gets no later events. Closing twice does nothing. Any thread. */
    @Override
    void close();
  }

  /**
   * Releases the VIPs and everything that was set up for them. Waits at most two seconds; closing
   * twice does nothing. Pending operations fail with {@link IllegalStateException}. The VIPs are
   * given up first, also while a scheduler holds up the thread that makes changes. Called by a
   * handler, a scheduler or a picker it does not wait: the rest is released once that returns.
   */
  @Override
  void close();
}
