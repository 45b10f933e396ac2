package io.dsr.core.datapath;

import io.dsr.core.frame.EthernetFrame;

/**
 * Turns a frame for the balancer into one for a real server: MAC address translation.
 *
 * <p>The destination becomes the server's address and the source the one with which the balancer
 * answers ARP on the link where the server is. Nothing else changes: no tag, no IP header, no time
 * to live, no checksum. Event loop only.
 */
final class MacRewriter {

  /** In place of the address of a link that is gone. */
  static final long GONE = -1;

  private long[] sources;

  MacRewriter(long source) {
    this.sources = new long[] {source};
  }

  /** Gives our address on each link, or {@link #GONE}. */
  void sources(long[] now) {
    sources = now.clone();
  }

  /** Returns our address on a link, or {@link #GONE}. */
  long source(int link) {
    return link < sources.length ? sources[link] : GONE;
  }

  /** Returns whether we send from that address. */
  boolean isOurs(long mac) {
    for (long source : sources) {
      if (source == mac) {
        return true;
      }
    }
    return false;
  }

  void rewrite(EthernetFrame frame, long destination, long source) {
    frame.addresses(destination, source);
  }
}
