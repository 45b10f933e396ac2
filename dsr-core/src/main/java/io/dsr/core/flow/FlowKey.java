package io.dsr.core.flow;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;

/**
 * The addresses, ports and protocol of a flow from client to VIP; one object serves every frame of
 * an event loop.
 *
 * <p>Event loop only.
 */
public final class FlowKey implements FlowView {

  private final HashKey placement;

  private boolean ipv6;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int sourcePort;
  private int destinationPort;
  private int protocol;

  /** Creates a key of nothing whose hashes are made with {@code placement}. */
  public FlowKey(HashKey placement) {
    this.placement = placement;
  }

  /** Makes this the key of an IPv4 flow; the addresses are taken as unsigned. */
  public void ipv4(int source, int destination, int sourcePort, int destinationPort, int protocol) {
    this.ipv6 = false;
    this.sourceHigh = 0;
    this.sourceLow = Integer.toUnsignedLong(source);
    this.destinationHigh = 0;
    this.destinationLow = Integer.toUnsignedLong(destination);
    transport(sourcePort, destinationPort, protocol);
  }

  /**
   * Makes the addresses of this those of an IPv4 flow, the source in the high 32 bits; {@link
   * #transport} gives the rest.
   */
  public FlowKey ipv4(long addresses) {
    this.ipv6 = false;
    this.sourceHigh = 0;
    this.sourceLow = addresses >>> 32;
    this.destinationHigh = 0;
    this.destinationLow = addresses & 0xffff_ffffL;
    return this;
  }

  /** Makes the addresses of this those of an IPv6 flow; {@link #transport} gives the rest. */
  public FlowKey ipv6(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
    this.ipv6 = true;
    this.sourceHigh = sourceHigh;
    this.sourceLow = sourceLow;
    this.destinationHigh = destinationHigh;
    this.destinationLow = destinationLow;
    return this;
  }

  /** Gives the ports and the protocol. */
  public void transport(int sourcePort, int destinationPort, int protocol) {
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    this.protocol = protocol;
  }

  /** Returns whether the other is a key of the same flow. */
  public boolean isSame(FlowKey other) {
    return sourceLow == other.sourceLow
        && destinationLow == other.destinationLow
        && transportWord() == other.transportWord()
        && sourceHigh == other.sourceHigh
        && destinationHigh == other.destinationHigh
        && ipv6 == other.ipv6;
  }

  @Override
  public boolean isIpv6() {
    return ipv6;
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
  public int sourcePort() {
    return sourcePort;
  }

  @Override
  public int destinationPort() {
    return destinationPort;
  }

  @Override
  public int protocol() {
    return protocol;
  }

  @Override
  public long sourceHash() {
    return ipv6 ? placement.hash(sourceHigh, sourceLow) : placement.hash(sourceLow);
  }

  @Override
  public long sourcePortHash() {
    return ipv6
        ? placement.hash(sourceHigh, sourceLow, sourcePort)
        : placement.hash(sourceLow, sourcePort);
  }

  @Override
  public long destinationHash() {
    return ipv6 ? placement.hash(destinationHigh, destinationLow) : placement.hash(destinationLow);
  }

  @Override
  public long tupleHash() {
    return ipv6
        ? placement.hash(sourceHigh, sourceLow, destinationHigh, destinationLow, transportWord())
        : placement.hash(addressWord(), transportWord());
  }

  /** Returns both addresses of an IPv4 flow in one word, the source high. */
  public long addressWord() {
    return (sourceLow << 32) | destinationLow;
  }

  /** Returns source port, destination port and protocol in the low 40 bits, in that order. */
  public long transportWord() {
    return ((long) sourcePort << 24) | ((long) destinationPort << 8) | protocol;
  }
}
