package io.dsr.core.scheduler;

import io.dsr.core.Servers;

/** What a server's connections cost it, as IPVS counts ({@code ip_vs_dest_conn_overhead}). */
final class Overhead {

  /** How many closed connections weigh as much as an active one. */
  private static final long ACTIVE = 256;

  private Overhead() {}

  static long of(Servers servers, int position) {
    return ACTIVE * servers.active(position) + servers.inactive(position);
  }
}
