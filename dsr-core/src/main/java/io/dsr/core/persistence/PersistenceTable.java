package io.dsr.core.persistence;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.dsr.core.FlowView;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who took this client before: the servers of the clients of one virtual service, on all of its
 * VIPs and ports.
 *
 * <p>What makes a client is said by the key of the service's {@link Persistence}. It is remembered
 * until its timeout has passed with no new connection: {@link #find}, {@link #remember} and {@link
 * #claim} restart the timeout. The table is asked on the first frame of a flow only. It does not
 * know whether a server may take the flow: its caller does, and asks {@link #policy} what then
 * becomes of the client ({@link Persistence#expireQuiescent}), and {@link Pins} before this.
 *
 * <p>When there are too many clients, those that came once give way first (Caffeine's W-TinyLFU),
 * so a flood of forged addresses does not wash out those that come back. The bound can be exceeded
 * for a moment by as many clients as threads are adding.
 *
 * <p>A lookup with a {@link ClientProbe} allocates nothing, nor does remembering the server that is
 * remembered already or being refused by the quota. A new client is two objects here, 104 bytes,
 * and Caffeine's own.
 *
 * <p>Kernel fast path: a map from the key to slot, generation and deadline, which the kernel may
 * read and refresh; clients are added here only, so it hands up the first packet of one it does not
 * find. Any thread; event loops share one table.
 */
public final class PersistenceTable {

  /** Returned for a client that is not remembered. */
  public static final long NONE = -1;

  private final Persistence policy;
  private final ClientKeyShape shape;
  private final ClientKeyText words;
  private final Ticker ticker;
  private final long timeout;
  private final @Nullable SourceQuota quota;
  private final Cache<ClientKeyParts, LiveEntry> cache;
  private final ConcurrentMap<ClientKeyParts, LiveEntry> clients;
  private final LongAdder refusals = new LongAdder();

  /**
   * Creates an empty table.
   *
   * @param policy what makes a client, and how long and how many of one source are remembered
   * @param maximumEntries how many clients can be remembered, 1 or more
   * @param ticker where the time comes from
   */
  public PersistenceTable(Persistence policy, long maximumEntries, Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    if (maximumEntries < 1) {
      throw new IllegalArgumentException(
          "maximumEntries: " + maximumEntries + " (expected: 1 or more)");
    }
    this.policy = policy;
    this.shape = new ClientKeyShape(policy);
    this.words = new ClientKeyText(policy);
    this.timeout = policy.timeout().toNanos();
    this.quota = policy.quota() == 0 ? null : new SourceQuota(policy.quota(), maximumEntries);
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(maximumEntries)
            .expireAfter(new Clearing(timeout))
            .evictionListener((key, client, cause) -> release(client))
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
    this.clients = cache.asMap();
  }

  /** Returns the slot of a server that {@link #find} has found. */
  public static int slot(long server) {
    return LiveEntry.slot(server);
  }

  /** Returns the generation of the slot that {@link #find} has found. */
  public static int generation(long server) {
    return LiveEntry.generation(server);
  }

  /** Returns what this table goes by. */
  public Persistence policy() {
    return policy;
  }

  /**
   * Returns what {@link #find} would, without restarting the timeout: whoever asks is not seen.
   *
   * @param probe the calling event loop's own
   */
  public long peek(FlowView flow, ClientProbe probe) {
    shape.client(flow, probe);
    LiveEntry client = cache.policy().getIfPresentQuietly(probe);
    return client == null || client.hasRunOut(ticker.nanos()) ? NONE : client.server();
  }

  /**
   * Returns the server that the flow's client was last given, to be taken apart with {@link #slot}
   * and {@link #generation}, or {@link #NONE}.
   *
   * @param probe the calling event loop's own
   */
  public long find(FlowView flow, ClientProbe probe) {
    LiveEntry client = known(flow, probe);
    return client == null ? NONE : client.server();
  }

  /**
   * Remembers the server of the flow's client, whatever was remembered before, or returns false if
   * its source has as many other clients as it may have.
   *
   * @param slot the server's slot, 0 to 65,535
   * @param generation the slot's generation, 0 to 65,535
   * @param probe the calling event loop's own
   */
  public boolean remember(FlowView flow, int slot, int generation, ClientProbe probe) {
    long server = LiveEntry.pack(slot, generation);
    LiveEntry client = known(flow, probe);
    if (client == null) {
      client = admit(probe, server);
    }
    if (client == null) {
      return false;
    }
    if (client.server() != server) {
      client.server(server);
    }
    return true;
  }

  /**
   * Remembers the server of the flow's client unless another thread was faster, and returns the
   * server that is remembered now, or {@link #NONE} if the client is not remembered because its
   * source has as many others as it may have: then the claimant's own choice stands for this flow.
   *
   * <p>A client may open several connections at once, on several event loops: all of them go to one
   * server if each loop takes what this returns.
   *
   * @param found what {@link #find} returned, {@link #NONE} included
   * @param probe the calling event loop's own
   */
  public long claim(FlowView flow, long found, int slot, int generation, ClientProbe probe) {
    long mine = LiveEntry.pack(slot, generation);
    LiveEntry client = known(flow, probe);
    if (client == null) {
      client = admit(probe, mine);
    }
    if (client == null) {
      return NONE;
    }
    return found != NONE && client.moveServer(found, mine) ? mine : client.server();
  }

  /** Forgets the flow's client. */
  public void forget(FlowView flow) {
    LiveEntry client = known(flow, new ClientProbe());
    if (client != null) {
      drop(client);
    }
  }

  /**
   * Forgets the clients that are meant, as they were when they were looked at, and returns how many
   * they were. Takes time: control thread; event loops are not held up.
   */
  public int forget(Predicate<? super StoredEntry> which) {
    int count = 0;
    for (LiveEntry client : clients.values()) {
      long now = ticker.nanos();
      if (!client.hasRunOut(now) && which.test(client.stored(now)) && drop(client)) {
        count++;
      }
    }
    return count;
  }

  /**
   * Returns the clients that are meant, in no order, {@code limit} at most. One that is remembered
   * from begin to end of the call is found; one that comes or goes meanwhile may be. Looking at a
   * client does not restart its timeout. Takes time: control thread; event loops are not held up.
   */
  public List<StoredEntry> entries(Predicate<? super StoredEntry> which, int limit) {
    List<StoredEntry> entries = new ArrayList<>();
    for (LiveEntry client : clients.values()) {
      if (entries.size() >= limit) {
        break;
      }
      long now = ticker.nanos();
      StoredEntry entry = client.stored(now);
      if (!client.hasRunOut(now) && which.test(entry)) {
        entries.add(entry);
      }
    }
    return entries;
  }

  /** Gives every client to {@code sink}, with the same promise as {@link #entries}. */
  public void export(EntrySink sink) {
    for (LiveEntry client : clients.values()) {
      long now = ticker.nanos();
      if (!client.hasRunOut(now)) {
        sink.take(client.stored(now));
      }
    }
  }

  /**
   * Remembers a client that was exported under the same policy for the time that it had left, the
   * timeout at most, and returns whether it is remembered now by this.
   *
   * <p>It is not if no time is left, if the client is known already (it has come meanwhile, and the
   * newer word counts), over the quota, or where the full table has better ones. If the source
   * address is not part of the key, nobody knows whose quota the client is of, and none is charged.
   */
  public boolean restore(StoredEntry entry) {
    var probe = new ClientProbe();
    shape.client(entry, probe);
    long now = ticker.nanos();
    if (entry.remainingNanos() <= 0 || live(probe, now) != null || refuses(probe)) {
      return false;
    }
    long deadline = now + Math.min(entry.remainingNanos(), timeout);
    long server = LiveEntry.pack(entry.slot(), entry.generation());
    var client = new LiveEntry(probe.toKey(), probe.network(), server, deadline);
    return insert(client) == client && clients.containsKey(probe);
  }

  /** Returns the network of the entry's client, all addresses where the source does not count. */
  public IpPrefix client(StoredEntry entry) {
    return words.client(entry);
  }

  /**
   * Returns all that makes the entry's client, as {@link io.dsr.core.PersistenceEntry#key} wants
   * it: {@code 10.0.0.0/24}, {@code tcp 10.0.0.1:1024 -> 192.0.2.10:443}.
   */
  public String words(StoredEntry entry) {
    return words.words(entry);
  }

  /** Returns how often a client was not remembered for its source's quota. */
  public long refusals() {
    return refusals.sum();
  }

  /** Returns how many clients are remembered, by counting them. Control thread. */
  public long size() {
    cache.cleanUp();
    long now = ticker.nanos();
    long count = 0;
    for (LiveEntry client : clients.values()) {
      count += client.hasRunOut(now) ? 0 : 1;
    }
    return count;
  }

  /** Returns how many clients of the flow's source are counted, 0 if there is no quota. */
  int counted(FlowView flow) {
    var probe = new ClientProbe();
    shape.client(flow, probe);
    return quota == null ? 0 : quota.size(probe.network());
  }

  /** Returns how many sources are counted, 0 if there is no quota. */
  int sources() {
    return quota == null ? 0 : quota.sources();
  }

  /** Makes the probe that of the flow, returns its client and restarts the timeout. */
  private @Nullable LiveEntry known(FlowView flow, ClientProbe probe) {
    shape.client(flow, probe);
    long now = ticker.nanos();
    LiveEntry client = live(probe, now);
    if (client != null) {
      client.deadline(now + timeout);
    }
    return client;
  }

  private @Nullable LiveEntry live(ClientProbe probe, long now) {
    LiveEntry client = clients.get(probe);
    if (client != null && client.hasRunOut(now)) {
      drop(client);
      return null;
    }
    return client;
  }

  /** Returns the client that the probe is of, now remembered, or null if its source is full. */
  private @Nullable LiveEntry admit(ClientProbe probe, long server) {
    if (refuses(probe)) {
      return null;
    }
    long deadline = ticker.nanos() + timeout;
    return insert(new LiveEntry(probe.toKey(), probe.network(), server, deadline));
  }

  private @Nullable LiveEntry insert(LiveEntry mine) {
    LiveEntry client =
        clients.computeIfAbsent(
            mine.key(), key -> quota == null || quota.add(mine) ? mine : refused());
    if (client == null) {
      refusals.increment();
    }
    return client;
  }

  private static @Nullable LiveEntry refused() {
    return null;
  }

  /** Returns whether the source is full of clients whose time has not run out. */
  private boolean refuses(ClientProbe probe) {
    if (quota == null || !quota.isFull(probe.network())) {
      return false;
    }
    for (LiveEntry client : quota.due(probe.network(), ticker.nanos())) {
      drop(client);
    }
    boolean full = quota.isFull(probe.network());
    if (full) {
      refusals.increment();
    }
    return full;
  }

  private boolean drop(LiveEntry client) {
    boolean dropped = clients.remove(client.key(), client);
    if (dropped) {
      release(client);
    }
    return dropped;
  }

  private void release(@Nullable LiveEntry client) {
    if (quota != null && client != null) {
      quota.remove(client);
    }
  }

  /** When Caffeine clears a client away: later than its deadline, which this table minds itself. */
  private record Clearing(long timeout) implements Expiry<ClientKeyParts, LiveEntry> {

    /** More than the inexactness that Caffeine allows itself when it moves a deadline. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(5);

    @Override
    public long expireAfterCreate(ClientKeyParts key, LiveEntry client, long now) {
      return client.deadline() - now + GRACE;
    }

    @Override
    public long expireAfterUpdate(ClientKeyParts key, LiveEntry client, long now, long left) {
      return client.deadline() - now + GRACE;
    }

    @Override
    public long expireAfterRead(ClientKeyParts key, LiveEntry client, long now, long left) {
      return timeout + GRACE;
    }
  }
}
