package io.dsr.core.director;

import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.connection.FlowKey;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All services as one event loop sees them: found by destination address, port and protocol.
 *
 * <p>Immutable; made on the control thread by {@link Planner}, replaced as a whole.
 */
public final class Plan {

  /** No service, no VIP. */
  public static final Plan EMPTY = new Plan(List.of(), Set.of());

  private static final int WORDS = 3;

  /** Per bucket: address high, address low, and port, protocol, family and presence. */
  private final long[] keys;

  private final @Nullable PlannedService[] values;
  private final Map<ServiceKey, PlannedService> services;
  private final boolean ipv6;

  /** Makes a plan of services, and of VIPs that have none just now. */
  Plan(List<PlannedService> planned, Set<InetAddress> vips) {
    int buckets = Integer.highestOneBit(Math.max(4, (planned.size() + vips.size()) * 4 - 1)) * 2;
    this.keys = new long[buckets * WORDS];
    this.values = new PlannedService[buckets];
    Map<ServiceKey, PlannedService> byKey = new HashMap<>();
    for (PlannedService service : planned) {
      ServiceKey key = service.key();
      byKey.put(key, service);
      put(key.address(), transport(key.isIpv6(), key.port(), key.protocol().number()), service);
    }
    for (InetAddress vip : vips) {
      put(vip, transport(vip.getAddress().length > 4, 0, 0), null);
    }
    this.services = Map.copyOf(byKey);
    this.ipv6 = vips.stream().anyMatch(vip -> vip.getAddress().length > 4);
  }

  /** Returns whether any VIP is an IPv6 one. */
  public boolean hasIpv6() {
    return ipv6;
  }

  @Nullable PlannedService service(ServiceKey key) {
    return services.get(key);
  }

  /** Returns the service that {@code flow} is for, or null. */
  @Nullable PlannedService service(FlowKey flow) {
    int bucket =
        find(
            flow.destinationHigh(),
            flow.destinationLow(),
            transport(flow.isIpv6(), flow.destinationPort(), flow.protocol()));
    return bucket < 0 ? null : values[bucket];
  }

  /** Returns whether the destination of {@code flow} is one of our virtual IPs. */
  boolean isVip(FlowKey flow) {
    return find(flow.destinationHigh(), flow.destinationLow(), transport(flow.isIpv6(), 0, 0)) >= 0;
  }

  private void put(InetAddress address, long transport, @Nullable PlannedService service) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    boolean wide = octets.remaining() > 4;
    long high = wide ? octets.getLong() : 0;
    long low = wide ? octets.getLong() : Integer.toUnsignedLong(octets.getInt());
    int bucket = home(high, low, transport);
    while (keys[bucket * WORDS + 2] != 0) {
      bucket = (bucket + 1) & (values.length - 1);
    }
    keys[bucket * WORDS] = high;
    keys[bucket * WORDS + 1] = low;
    keys[bucket * WORDS + 2] = transport;
    values[bucket] = service;
  }

  private int find(long high, long low, long transport) {
    int bucket = home(high, low, transport);
    while (keys[bucket * WORDS + 2] != 0) {
      if (keys[bucket * WORDS] == high
          && keys[bucket * WORDS + 1] == low
          && keys[bucket * WORDS + 2] == transport) {
        return bucket;
      }
      bucket = (bucket + 1) & (values.length - 1);
    }
    return -1;
  }

  // The operator chooses these keys, not a client: a plain mixer is enough.
  private int home(long high, long low, long transport) {
    long mixed = (high * 0x9e3779b97f4a7c15L + low) * 0x9e3779b97f4a7c15L + transport;
    mixed ^= mixed >>> 32;
    mixed *= 0xd6e8feb86659fd93L;
    return (int) (mixed >>> 32) & (values.length - 1);
  }

  private static long transport(boolean wide, int port, int protocol) {
    return (1L << 32) | (wide ? 1L << 31 : 0) | ((long) port << 8) | protocol;
  }

  /** Returns whether {@code protocol} is one that a service can have. */
  static boolean carries(int protocol) {
    return protocol == Protocol.TCP.number() || protocol == Protocol.UDP.number();
  }
}
