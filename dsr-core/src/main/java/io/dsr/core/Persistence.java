package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the new connections of one client, or of one network of clients, on the server that took
 * its first, until none has come for a while.
 *
 * <p>A service of several ports or VIPs has one persistence for all of them, unless the key names
 * the destination.
 *
 * @param timeout how long after a client's last new connection it is remembered: 1 s to 31 days
 * @param ipv4Prefix how many leading bits of an IPv4 source address make one client, 1 to 32
 * @param ipv6Prefix how many leading bits of an IPv6 source address make one client, 1 to 128
 * @param key what has to be equal for two connections to be of one client; one part or more
 * @param pins clients that are tied to a server
 * @param quota how many clients of one source (an IPv4 network of 24 bits, an IPv6 network of 48)
 *     are remembered at most; 0 for no quota
 * @param expireQuiescent whether a client is rescheduled when its server stops taking new flows
 *     (weight 0, unreachable): {@code expire_quiescent_template} of IPVS. If not, it stays with a
 *     drained server that still answers
 */
@CheckReturnValue
public record Persistence(
    Duration timeout,
    int ipv4Prefix,
    int ipv6Prefix,
    Set<Part> key,
    List<ClientPin> pins,
    int quota,
    boolean expireQuiescent) {

  /** A part of the key that identifies a client. */
  public enum Part {
    /** The network of the source address. */
    SOURCE_ADDRESS,
    /** The source port. */
    SOURCE_PORT,
    /** The destination address. */
    DESTINATION_ADDRESS,
    /** The destination port. */
    DESTINATION_PORT,
    /** The IP protocol. */
    PROTOCOL
  }

  private static final Duration MINIMUM = Duration.ofSeconds(1);
  private static final Duration MAXIMUM = Duration.ofDays(31);

  /** Checks the ranges and copies the collections. */
  public Persistence {
    requireNonNull(timeout, "timeout");
    if (timeout.compareTo(MINIMUM) < 0 || timeout.compareTo(MAXIMUM) > 0) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: 1 s to 31 days)");
    }
    if (ipv4Prefix < 1 || ipv4Prefix > 32) {
      throw new IllegalArgumentException("ipv4Prefix: " + ipv4Prefix + " (expected: 1 to 32)");
    }
    if (ipv6Prefix < 1 || ipv6Prefix > 128) {
      throw new IllegalArgumentException("ipv6Prefix: " + ipv6Prefix + " (expected: 1 to 128)");
    }
    if (key.isEmpty()) {
      throw new IllegalArgumentException("key: empty (expected: one or more parts)");
    }
    if (quota < 0) {
      throw new IllegalArgumentException("quota: " + quota + " (expected: 0 or more)");
    }
    key = Collections.unmodifiableSet(EnumSet.copyOf(key));
    pins = List.copyOf(pins);
    for (int i = 0; i < pins.size(); i++) {
      for (ClientPin later : pins.subList(i + 1, pins.size())) {
        if (pins.get(i).clients().equals(later.clients())) {
          throw new IllegalArgumentException("pin: " + later.clients() + " is given twice");
        }
      }
    }
  }

  /** Creates persistence by the source address. */
  public Persistence(Duration timeout, int ipv4Prefix, int ipv6Prefix) {
    this(timeout, ipv4Prefix, ipv6Prefix, EnumSet.of(Part.SOURCE_ADDRESS), List.of(), 0, true);
  }

  /** Returns persistence by the whole source address. */
  public static Persistence sourceAddress(Duration timeout) {
    return new Persistence(timeout, 32, 128);
  }

  /**
   * Returns a builder of persistence by the whole source address.
   *
   * @param timeout how long after a client's last new connection it is remembered: 1 s to 31 days
   */
  public static Builder builder(Duration timeout) {
    return new Builder(timeout);
  }

  /** Returns a builder that has these settings. */
  public Builder toBuilder() {
    Builder builder =
        builder(timeout)
            .ipv4Prefix(ipv4Prefix)
            .ipv6Prefix(ipv6Prefix)
            .quota(quota)
            .expireQuiescent(expireQuiescent);
    builder.key = key;
    builder.pins.addAll(pins);
    return builder;
  }

  /**
   * Returns the same persistence with {@code bits} leading bits of an IPv4 source making a client.
   */
  public Persistence ipv4Prefix(int bits) {
    return toBuilder().ipv4Prefix(bits).build();
  }

  /**
   * Returns the same persistence with {@code bits} leading bits of an IPv6 source making a client.
   */
  public Persistence ipv6Prefix(int bits) {
    return toBuilder().ipv6Prefix(bits).build();
  }

  /** Returns the same persistence with another key. */
  public Persistence key(Part first, Part... more) {
    return toBuilder().key(first, more).build();
  }

  /** Returns the same persistence with one more pin. */
  public Persistence pin(ClientPin pin) {
    return toBuilder().pin(pin).build();
  }

  /** Returns the same persistence with another quota for one source, 0 for none. */
  public Persistence quota(int most) {
    return toBuilder().quota(most).build();
  }

  /** Returns the same persistence with clients of quiescent servers rescheduled, or not. */
  public Persistence expireQuiescent(boolean expire) {
    return toBuilder().expireQuiescent(expire).build();
  }

  /** Builds {@link Persistence}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private final Duration timeout;
    private int ipv4Prefix = 32;
    private int ipv6Prefix = 128;
    private Set<Part> key = EnumSet.of(Part.SOURCE_ADDRESS);
    private final List<ClientPin> pins = new ArrayList<>();
    private int quota;
    private boolean expireQuiescent = true;

    private Builder(Duration timeout) {
      this.timeout = requireNonNull(timeout, "timeout");
    }

    /** Sets how many leading bits of an IPv4 source make a client, 1 to 32, the default. */
    public Builder ipv4Prefix(int bits) {
      this.ipv4Prefix = bits;
      return this;
    }

    /** Sets how many leading bits of an IPv6 source make a client, 1 to 128, the default. */
    public Builder ipv6Prefix(int bits) {
      this.ipv6Prefix = bits;
      return this;
    }

    /** Sets what makes a client; the default is {@link Part#SOURCE_ADDRESS}. */
    public Builder key(Part first, Part... more) {
      this.key = EnumSet.of(first, more);
      return this;
    }

    /** Adds a pin; by default there are none. */
    public Builder pin(ClientPin pin) {
      pins.add(requireNonNull(pin, "pin"));
      return this;
    }

    /** Sets how many clients of one source are remembered; 0, the default, is no quota. */
    public Builder quota(int most) {
      this.quota = most;
      return this;
    }

    /** Sets whether clients of quiescent servers are rescheduled; by default they are. */
    public Builder expireQuiescent(boolean expire) {
      this.expireQuiescent = expire;
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names, or
     *     two pins are of the same clients
     */
    @CheckReturnValue
    public Persistence build() {
      return new Persistence(timeout, ipv4Prefix, ipv6Prefix, key, pins, quota, expireQuiescent);
    }
  }
}
