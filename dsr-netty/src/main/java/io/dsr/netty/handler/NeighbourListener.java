package io.dsr.netty.handler;

import io.dsr.core.MacAddress;
import java.net.InetAddress;

/** Hears what ARP and neighbor discovery tell. Called on the event loop: hand over, do not work. */
public interface NeighbourListener {

  /** A server answered for the first time, or again after it had been unreachable. */
  void resolved(InetAddress server, MacAddress mac);

  /** A server has been silent for too long; called once until it answers again. */
  void unreachable(InetAddress server);

  /** A server's frames come from another MAC address now. */
  void moved(InetAddress server, MacAddress from, MacAddress to);

  /**
   * Somebody else claims a virtual IP; called at most once in ten seconds for each, or for each
   * network of them that is too large to be announced.
   */
  void conflict(InetAddress vip, MacAddress claimant);
}
