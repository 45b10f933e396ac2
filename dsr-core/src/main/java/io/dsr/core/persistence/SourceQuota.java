package io.dsr.core.persistence;

import io.dsr.core.HashKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many clients of each source are remembered, and which: a source is an IPv4 network of 24 bits
 * or an IPv6 network of 48.
 *
 * <p>A fixed number of chains, whose sources come with their first client and go with their last,
 * so there are never more than clients. The members are kept so that those whose time has run out
 * can be told from the others when a source is full, whenever the store gets round to them. A full
 * source is searched again only when its earliest deadline has come, as deadlines only move away.
 *
 * <p>Kernel fast path: hands the first packet of a client that is not remembered up. Any thread;
 * each method takes the lock of one group of chains for a short time.
 */
final class SourceQuota {

  /** In place of the network of a client that is of no source. */
  static final long NO_NETWORK = -1;

  /** The place of a client that no source holds. */
  static final int NOWHERE = -1;

  private static final int IPV4_HOST_BITS = 8;
  private static final int IPV6_HOST_BITS = 16;
  private static final long IPV6 = 1L << 48;
  private static final int MINIMUM_CHAINS = 64;
  private static final int MAXIMUM_CHAINS = 1 << 17;
  private static final LiveEntry[] NOBODY = {};

  private final HashKey tableKey = HashKey.random();
  private final int quota;
  private final @Nullable Source[] chains;
  private final Object[] locks = new Object[MINIMUM_CHAINS];

  /**
   * Creates a quota without clients.
   *
   * @param quota how many clients of one source are remembered at most, 1 or more
   * @param maximumEntries how many clients there may be in all
   */
  SourceQuota(int quota, long maximumEntries) {
    this.quota = quota;
    int most = Math.clamp(maximumEntries, MINIMUM_CHAINS, MAXIMUM_CHAINS);
    this.chains = new @Nullable Source[Integer.highestOneBit(most)];
    Arrays.setAll(locks, at -> new Object());
  }

  /** Returns the number of the source that an address is of, 0 or more. */
  static long network(boolean ipv6, long high, long low) {
    return ipv6 ? IPV6 | (high >>> IPV6_HOST_BITS) : low >>> IPV4_HOST_BITS;
  }

  /** Counts a client, or returns false if its source is full. */
  boolean add(LiveEntry client) {
    if (client.network() == NO_NETWORK) {
      return true;
    }
    int chain = chain(client.network());
    synchronized (lock(chain)) {
      Source source = source(chain, client.network());
      if (source == null) {
        source = new Source(client.network(), chains[chain]);
        chains[chain] = source;
      }
      return source.add(client, quota);
    }
  }

  /** Stops counting a client; does nothing if it was not counted. */
  void remove(LiveEntry client) {
    if (client.network() == NO_NETWORK) {
      return;
    }
    int chain = chain(client.network());
    synchronized (lock(chain)) {
      Source source = source(chain, client.network());
      if (source != null && source.remove(client) && source.size == 0) {
        unlink(chain, source);
      }
    }
  }

  /** Returns whether no client of the network would be counted now. */
  boolean isFull(long network) {
    return network != NO_NETWORK && size(network) >= quota;
  }

  /** Returns how many clients of the network are counted. */
  int size(long network) {
    int chain = chain(network);
    synchronized (lock(chain)) {
      Source source = source(chain, network);
      return source == null ? 0 : source.size;
    }
  }

  /** Returns the clients of the network whose deadline has come; they are still counted. */
  LiveEntry[] due(long network, long now) {
    int chain = chain(network);
    synchronized (lock(chain)) {
      Source source = source(chain, network);
      return source == null ? NOBODY : source.due(now);
    }
  }

  /** Returns how many sources there are. */
  int sources() {
    int count = 0;
    for (int chain = 0; chain < chains.length; chain++) {
      synchronized (lock(chain)) {
        for (Source source = chains[chain]; source != null; source = source.next) {
          count++;
        }
      }
    }
    return count;
  }

  private @Nullable Source source(int chain, long network) {
    Source source = chains[chain];
    while (source != null && source.network != network) {
      source = source.next;
    }
    return source;
  }

  private void unlink(int chain, Source gone) {
    Source source = chains[chain];
    if (source == gone) {
      chains[chain] = gone.next;
      return;
    }
    while (source != null) {
      if (source.next == gone) {
        source.next = gone.next;
        return;
      }
      source = source.next;
    }
  }

  private int chain(long network) {
    return (int) tableKey.quickHash(network, 0) & (chains.length - 1);
  }

  private Object lock(int chain) {
    return locks[chain & (MINIMUM_CHAINS - 1)];
  }

  /** The clients of one network; under the lock of its chain. */
  private static final class Source {

    private static final int FIRST_MEMBERS = 2;

    final long network;
    @Nullable Source next;
    int size;

    private @Nullable LiveEntry[] members = new @Nullable LiveEntry[FIRST_MEMBERS];

    /** Before this reading of the ticker no member's time has run out. */
    private long earliest;

    Source(long network, @Nullable Source next) {
      this.network = network;
      this.next = next;
    }

    boolean add(LiveEntry client, int quota) {
      if (size >= quota) {
        return false;
      }
      if (size == members.length) {
        members = Arrays.copyOf(members, (int) Math.min(2L * size, quota));
      }
      long deadline = client.deadline();
      if (size == 0 || deadline - earliest < 0) {
        earliest = deadline;
      }
      client.place(size);
      members[size++] = client;
      return true;
    }

    boolean remove(LiveEntry client) {
      int place = client.place();
      if (place == NOWHERE) {
        return false;
      }
      LiveEntry last = members[--size];
      members[size] = null;
      if (last != null && last != client) {
        members[place] = last;
        last.place(place);
      }
      client.place(NOWHERE);
      return true;
    }

    LiveEntry[] due(long now) {
      if (now - earliest < 0) {
        return NOBODY;
      }
      LiveEntry[] due = new LiveEntry[size];
      int count = 0;
      long ahead = Long.MAX_VALUE;
      for (int i = 0; i < size; i++) {
        LiveEntry member = members[i];
        if (member == null) {
          continue;
        }
        long left = member.deadline() - now;
        ahead = Math.min(ahead, left);
        if (left <= 0) {
          due[count++] = member;
        }
      }
      earliest = now + ahead;
      return Arrays.copyOf(due, count);
    }
  }
}
