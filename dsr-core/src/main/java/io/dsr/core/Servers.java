package io.dsr.core;

import java.net.InetAddress;
import java.util.Optional;

/**
 * The servers of one virtual service, as a {@link Scheduler} is given them: positions from 0 to
 * {@link #size}{@code - 1}, in the order of their addresses as unsigned bytes, so that every
 * balancer of a fleet sees the same order.
 *
 * <p>All but the load is fixed. The load is live: a {@link Picker} reads it at each pick, on its
 * own event loop, and sees the flows of that loop.
 */
public interface Servers {

  /** Returns how many servers the service has, those that may take no flow included. */
  int size();

  /** Returns the slot of the server at {@code position}: small, stable, what a picker returns. */
  int slot(int position);

  /** Returns the address of the server at {@code position}. */
  InetAddress address(int position);

  /**
   * Returns the effective weight of the server at {@code position}: that of {@link
   * #configuredWeight}, or 0 while it may take no new flow. A server of effective weight 0 must not
   * be picked.
   */
  int weight(int position);

  /**
   * Returns the weight that the operator wants the server at {@code position} to have, whether it
   * may take flows or not: the one that overrides the configured weight, or else that one.
   */
  int configuredWeight(int position);

  /** Returns how many of the flows of the server at {@code position} are active just now. */
  int active(int position);

  /**
   * Returns how many flows of the server at {@code position} are closing or closed, but remembered.
   */
  int inactive(int position);

  /**
   * Returns where changes of the load are noted, or nothing if they are not: then a picker has to
   * read all loads to know that none changed. It is asked when a picker is made; what it returns
   * belongs to the event loop.
   */
  default Optional<LoadChanges> loadChanges() {
    return Optional.empty();
  }

  /**
   * Returns the reading of the balancer's clock, in nanoseconds from an arbitrary origin: values
   * only have meaning as differences. A picker may read it at each pick.
   */
  default long nowNanos() {
    return Ticker.system().nanos();
  }

  /**
   * Returns the reading of {@link #nowNanos} at which the server at {@code position} last became
   * able to take flows, or {@link Long#MIN_VALUE} if that was long ago.
   */
  default long sinceNanos(int position) {
    return Long.MIN_VALUE;
  }

  /**
   * Returns the key of the placement hash; all that a scheduler hashes for itself, it hashes with.
   */
  HashKey hashKey();
}
