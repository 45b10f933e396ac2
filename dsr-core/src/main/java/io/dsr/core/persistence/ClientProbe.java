package io.dsr.core.persistence;

import io.dsr.core.FlowView;
import org.jspecify.annotations.Nullable;

/**
 * The key of the client that is being looked for: one object serves every lookup of an event loop,
 * in the tables of all services, so that a lookup allocates nothing.
 *
 * <p>It holds something between two calls of a table, but nothing that matters. One thread at a
 * time.
 */
public final class ClientProbe implements ClientKeyParts {

  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private long transport;
  private int hash;
  private long network;

  /** Creates a probe of nothing. */
  public ClientProbe() {}

  /** Takes all parts of a flow, those that count and those that do not. */
  void take(FlowView flow) {
    sourceHigh = flow.sourceHigh();
    sourceLow = flow.sourceLow();
    destinationHigh = flow.destinationHigh();
    destinationLow = flow.destinationLow();
    transport =
        ClientKeyShape.transport(
            flow.isIpv6(), flow.sourcePort(), flow.destinationPort(), flow.protocol());
  }

  /** Takes all parts of an entry that comes back. */
  void take(StoredEntry entry) {
    sourceHigh = entry.sourceHigh();
    sourceLow = entry.sourceLow();
    destinationHigh = entry.destinationHigh();
    destinationLow = entry.destinationLow();
    transport =
        ClientKeyShape.transport(
            entry.ipv6(), entry.sourcePort(), entry.destinationPort(), entry.protocol());
  }

  /** Drops the bits of the source address that do not count. */
  void maskSource(long highMask, long lowMask) {
    sourceHigh &= highMask;
    sourceLow &= lowMask;
  }

  /** Drops what does not count behind the source address. */
  void maskRest(long destinationMask, long transportMask) {
    destinationHigh &= destinationMask;
    destinationLow &= destinationMask;
    transport &= transportMask;
  }

  void hash(int value) {
    hash = value;
  }

  /** Sets the network whose quota the client is of, as {@link SourceQuota#network} gives it. */
  void network(long value) {
    network = value;
  }

  long network() {
    return network;
  }

  /** Returns a key of these parts that stays as it is. */
  ClientKey toKey() {
    return new ClientKey(sourceHigh, sourceLow, destinationHigh, destinationLow, transport, hash);
  }

  @Override
  public long sourceHigh() {
    return sourceHigh;
  }

  @Override
  public long sourceLow() {
    return sourceLow;
  }

  @Override
  public long destinationHigh() {
    return destinationHigh;
  }

  @Override
  public long destinationLow() {
    return destinationLow;
  }

  @Override
  public long transport() {
    return transport;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientKeyParts parts && ClientKeyParts.same(this, parts);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
