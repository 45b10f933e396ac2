package io.dsr.netty.handler;

import java.net.InetAddress;

/** Sends the question for a server's MAC address. Event loop. */
interface NeighbourProber {

  /** Asked of everybody, in place of a MAC address. */
  long EVERYBODY = -1;

  /** Asks the station at {@code mac}, or {@link #EVERYBODY}, who has {@code server}. */
  void probe(InetAddress server, long mac);
}
