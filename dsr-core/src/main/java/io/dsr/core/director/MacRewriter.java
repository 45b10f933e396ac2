package io.dsr.core.director;

import io.dsr.core.frame.EthernetFrame;

/**
 * Turns a frame for the balancer into one for a real server: MAC address translation.
 *
 * <p>The destination becomes the server's address and the source the one with which the balancer
 * answers ARP. Nothing else changes: no tag, no IP header, no time to live, no checksum.
 */
final class MacRewriter {

  private final long source;

  MacRewriter(long source) {
    this.source = source;
  }

  long source() {
    return source;
  }

  void rewrite(EthernetFrame frame, long destination) {
    frame.destination(destination).source(source);
  }
}
