package io.dsr.core.datapath;

import io.dsr.core.frame.EtherType;
import io.dsr.core.frame.EthernetFrame;
import io.dsr.core.frame.VlanTag;
import io.netty.buffer.ByteBuf;

/**
 * Turns a frame for the balancer into one for a real server: MAC address translation.
 *
 * <p>The destination becomes the server's address and the source the one with which the balancer
 * answers ARP on the link where the server is; a tag gets the number of the server's VLAN if that
 * has one. Nothing else changes: no IP header, no time to live, no checksum. Event loop only.
 */
final class MacRewriter {

  /** In place of the address of a link that is gone. */
  static final long GONE = -1;

  private final VlanTag tag = new VlanTag();
  private final EthernetFrame waited = new EthernetFrame();
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

  /** Rewrites the frame that was decided about. */
  void rewrite(ByteBuf frame, Decision d) {
    if (d.retag != 0 && tag.wrap(frame, d.classifier.tagIndex())) {
      tag.id(d.retag);
    }
    d.classifier.ethernet().addresses(d.destination, d.source);
  }

  /** Rewrites a fragment that has waited for that frame, which may be tagged otherwise. */
  void rewriteWaited(ByteBuf fragment, Decision d) {
    waited.wrap(fragment);
    boolean tagged =
        EtherType.isTag(waited.etherType()) && tag.wrap(fragment, waited.payloadIndex());
    d.onVlan(d.retag | d.vlan, tagged); // one of the two is 0
    if (d.retag != 0) {
      tag.id(d.retag);
    }
    waited.addresses(d.destination, d.source);
  }
}
