package io.dsr.core.simulation;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Verdict;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * What became of a frame.
 *
 * @param verdict what the balancer decided
 * @param server the own address of the server that gets it; empty unless it is forwarded
 * @param sent what the balancer sends because of it, in that order: the frame itself with new MAC
 *     addresses, and fragments that had waited for it; none unless it is forwarded
 */
public record SimulatedFrame(Verdict verdict, Optional<InetAddress> server, List<byte[]> sent) {

  /** Copies the list. */
  public SimulatedFrame {
    requireNonNull(verdict, "verdict");
    requireNonNull(server, "server");
    sent = List.copyOf(sent);
  }
}
