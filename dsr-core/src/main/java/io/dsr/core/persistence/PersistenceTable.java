package io.dsr.core.persistence;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.Ticker;

/**
 * Who took this client before: the servers of the clients of one virtual service.
 *
 * <p>A client is a source address under the prefix of the service's {@link Persistence}. It is
 * remembered until its timeout has passed with no new connection: both {@link #find} and {@link
 * #remember} begin the timeout anew. The table is asked on the first frame of a flow only.
 *
 * <p>When there are too many clients, those that came once give way first (Caffeine's W-TinyLFU),
 * so a flood of forged addresses does not wash out those that come back. Any thread; event loops
 * share one table.
 */
public final class PersistenceTable {

  /** Returned for a client that is not remembered. */
  public static final long NONE = -1;

  private static final int GENERATION_BITS = 16;
  private static final int MAXIMUM = 65_535;

  private final HashKey tableKey = HashKey.random();
  private final int ipv4Prefix;
  private final int ipv6Prefix;
  private final Cache<Client, Long> servers;

  /**
   * Creates an empty table.
   *
   * @param policy how long a client is remembered, and how much of its address makes it a client
   * @param maximumEntries how many clients can be remembered, 1 or more
   * @param ticker where the time comes from
   */
  public PersistenceTable(Persistence policy, long maximumEntries, Ticker ticker) {
    requireNonNull(ticker, "ticker");
    if (maximumEntries < 1) {
      throw new IllegalArgumentException("maximumEntries: " + maximumEntries + " (expected: >= 1)");
    }
    this.ipv4Prefix = policy.ipv4Prefix();
    this.ipv6Prefix = policy.ipv6Prefix();
    this.servers =
        Caffeine.newBuilder()
            .maximumSize(maximumEntries)
            .expireAfterAccess(policy.timeout())
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .build();
  }

  /** Returns the slot of a server that {@link #find} has found. */
  public static int slot(long server) {
    return (int) (server >>> GENERATION_BITS);
  }

  /** Returns the generation of the slot that {@link #find} has found. */
  public static int generation(long server) {
    return (int) server & MAXIMUM;
  }

  /**
   * Returns the server that the flow's client was last given, to be taken apart with {@link #slot}
   * and {@link #generation}, or {@link #NONE}.
   */
  public long find(FlowView flow) {
    Long server = servers.getIfPresent(client(flow));
    return server == null ? NONE : server;
  }

  /**
   * Remembers the server of the flow's client, whatever was remembered before.
   *
   * @param slot the server's slot, 0 to 65,535
   * @param generation the slot's generation, 0 to 65,535
   */
  public void remember(FlowView flow, int slot, int generation) {
    servers.put(client(flow), pack(slot, generation));
  }

  /**
   * Remembers the server of the flow's client unless another thread was faster, and returns the
   * server that is remembered now.
   *
   * <p>A client may open several connections at once, on several event loops: all of them go to one
   * server if each loop takes what this returns.
   *
   * @param found what {@link #find} returned, {@link #NONE} included
   */
  public long claim(FlowView flow, long found, int slot, int generation) {
    Client client = client(flow);
    Long mine = pack(slot, generation);
    Long now =
        servers
            .asMap()
            .compute(client, (key, server) -> server == null || server == found ? mine : server);
    return now == null ? NONE : now;
  }

  /** Forgets the flow's client. */
  public void forget(FlowView flow) {
    servers.invalidate(client(flow));
  }

  /** Forgets all clients of a server. Takes time: control thread. */
  public void forgetServer(int slot, int generation) {
    Long server = pack(slot, generation);
    servers.asMap().values().removeIf(server::equals);
  }

  /** Returns how many clients are remembered. Control thread. */
  public long size() {
    servers.cleanUp();
    return servers.estimatedSize();
  }

  private Client client(FlowView flow) {
    if (!flow.isIpv6()) {
      return client(false, 0, flow.sourceLow() & (-1L << (32 - ipv4Prefix)));
    }
    if (ipv6Prefix <= Long.SIZE) {
      return client(true, flow.sourceHigh() & (-1L << (Long.SIZE - ipv6Prefix)), 0);
    }
    long low = flow.sourceLow() & (-1L << (2 * Long.SIZE - ipv6Prefix));
    return client(true, flow.sourceHigh(), low);
  }

  private static Long pack(int slot, int generation) {
    checkRange("slot", slot);
    checkRange("generation", generation);
    return ((long) slot << GENERATION_BITS) | generation;
  }

  private static void checkRange(String name, int value) {
    if (value < 0 || value > MAXIMUM) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 0 to " + MAXIMUM + ")");
    }
  }

  private Client client(boolean ipv6, long high, long low) {
    return new Client(ipv6, high, low, (int) tableKey.quickHash(high, low));
  }

  /**
   * An address without the bits that do not matter; the version keeps 1.2.3.4 from ::1.2.3.4. Its
   * hash is keyed, so that nobody can send many addresses that collide.
   */
  private record Client(boolean ipv6, long high, long low, int hash) {

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
