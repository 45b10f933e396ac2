package io.dsr.core.admission;

import io.dsr.core.HashKey;
import io.dsr.core.flow.FlowKey;

/** Flows of sources that tests speak of by number or address. */
final class Sources {

  static final long SECOND = 1_000_000_000L;

  /** A reading a little before the ticker wraps round. */
  static final long START = Math.subtractExact(Long.MAX_VALUE, 3);

  static final HashKey KEY = new HashKey(5, 6);

  private Sources() {}

  /** Returns a flow from an IPv4 address. */
  static FlowKey ipv4(int source) {
    FlowKey key = new FlowKey(HashKey.PLACEMENT);
    key.ipv4(source, 1, 1024, 80, 6);
    return key;
  }

  /** Returns a flow from an IPv6 address. */
  static FlowKey ipv6(long high, long low) {
    FlowKey key = new FlowKey(HashKey.PLACEMENT);
    key.ipv6(high, low, 1, 2).transport(1024, 80, 6);
    return key;
  }
}
