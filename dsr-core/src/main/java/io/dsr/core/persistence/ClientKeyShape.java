package io.dsr.core.persistence;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;

/**
 * Which bits of a flow make its client, as masks over the five words of {@link ClientKeyParts}.
 *
 * <pre>
 * transport   IPv6 1 | source port 16 | destination port 16 | protocol 8
 * </pre>
 *
 * <p>The family always counts. Kernel fast path: these masks, one set a service, before a lookup in
 * a hash map of 40-byte keys. Any thread.
 */
final class ClientKeyShape {

  private static final long IPV6 = 1L << 40;
  private static final int SOURCE_PORT_SHIFT = 24;
  private static final int DESTINATION_PORT_SHIFT = 8;
  private static final int PORT = 0xffff;
  private static final int PROTOCOL = 0xff;

  private final HashKey tableKey = HashKey.random();
  private final boolean source;
  private final boolean sourceAlone;
  private final long ipv4Mask;
  private final long ipv6HighMask;
  private final long ipv6LowMask;
  private final long destinationMask;
  private final long transportMask;

  /** Creates the shape of a policy's clients. */
  ClientKeyShape(Persistence policy) {
    this.source = policy.key().contains(Part.SOURCE_ADDRESS);
    this.sourceAlone = source && policy.key().size() == 1;
    this.ipv4Mask = source ? leading(policy.ipv4Prefix() + Integer.SIZE) : 0;
    this.ipv6HighMask = source ? leading(Math.min(policy.ipv6Prefix(), Long.SIZE)) : 0;
    this.ipv6LowMask = source ? leading(Math.max(policy.ipv6Prefix() - Long.SIZE, 0)) : 0;
    this.destinationMask = policy.key().contains(Part.DESTINATION_ADDRESS) ? -1 : 0;
    this.transportMask =
        transport(
            true,
            policy.key().contains(Part.SOURCE_PORT) ? PORT : 0,
            policy.key().contains(Part.DESTINATION_PORT) ? PORT : 0,
            policy.key().contains(Part.PROTOCOL) ? PROTOCOL : 0);
  }

  /** Packs the last word. */
  static long transport(boolean ipv6, int sourcePort, int destinationPort, int protocol) {
    return (ipv6 ? IPV6 : 0)
        | ((long) sourcePort << SOURCE_PORT_SHIFT)
        | ((long) destinationPort << DESTINATION_PORT_SHIFT)
        | protocol;
  }

  static boolean isIpv6(long transport) {
    return (transport & IPV6) != 0;
  }

  static int sourcePort(long transport) {
    return (int) (transport >>> SOURCE_PORT_SHIFT) & PORT;
  }

  static int destinationPort(long transport) {
    return (int) (transport >>> DESTINATION_PORT_SHIFT) & PORT;
  }

  static int protocol(long transport) {
    return (int) transport & PROTOCOL;
  }

  /** Makes {@code probe} the key of the flow's client. */
  void client(FlowView flow, ClientProbe probe) {
    probe.take(flow);
    mask(probe);
    probe.network(
        source
            ? SourceQuota.network(flow.isIpv6(), probe.sourceHigh(), probe.sourceLow())
            : SourceQuota.network(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow()));
  }

  /** Makes {@code probe} the key of an entry that comes back. */
  void client(StoredEntry entry, ClientProbe probe) {
    probe.take(entry);
    mask(probe);
    probe.network(
        source
            ? SourceQuota.network(entry.ipv6(), probe.sourceHigh(), probe.sourceLow())
            : SourceQuota.NO_NETWORK);
  }

  private void mask(ClientProbe probe) {
    if (isIpv6(probe.transport())) {
      probe.maskSource(ipv6HighMask, ipv6LowMask);
    } else {
      probe.maskSource(0, ipv4Mask);
    }
    probe.maskRest(destinationMask, transportMask);
    probe.hash((int) hash(probe));
  }

  private long hash(ClientProbe probe) {
    return sourceAlone
        ? tableKey.quickHash(probe.sourceHigh(), probe.sourceLow())
        : tableKey.quickHash(
            probe.sourceHigh(),
            probe.sourceLow(),
            probe.destinationHigh(),
            probe.destinationLow(),
            probe.transport());
  }

  private static long leading(int bits) {
    return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
  }
}
