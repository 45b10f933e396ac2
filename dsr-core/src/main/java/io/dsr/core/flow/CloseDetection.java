package io.dsr.core.flow;

import java.time.Duration;
import java.util.List;

/**
 * When a flow whose state says that it is active counts as load no longer, and the other way round.
 *
 * <p>A balancer of one direction sees no FIN and no RST of a server. IPVS counts a connection that
 * the server has refused or reset as active for as long as its state lasts, 60 s after a SYN and
 * 900 s later on. The client's own frames tell more:
 *
 * <ul>
 *   <li>A client whose SYN is neither answered nor refused sends it again, after 1 s, then 2 s,
 *       then 4 s (RFC 6298, section 2). One that has been silent for longer has been refused, or is
 *       gone.
 *   <li>A RST in answer to the server's SYN ends the connection; the table of IPVS stays in
 *       SYN_RECV.
 *   <li>A client that sends data again, without any acknowledgement that moves on, has no server
 *       any more: at the third time it counts no longer, and after fewer when it stops trying.
 *   <li>After the client's FIN, acknowledgements that move on by more than the server's FIN tell
 *       that the server is still sending: the connection is load until they cease.
 *   <li>A connection that has been silent for long is no load, open or not; it counts again with
 *       its next frame.
 * </ul>
 *
 * <p>Only counts are touched: the state, the server and the timeouts of a flow stay those of {@link
 * TcpState}. A kernel fast path needs the two counts in the record, or passes up every segment that
 * does not move on.
 *
 * @param handshake silence after the first SYN; twice that after each further one
 * @param stalled silence after data was first sent again; twice that after each further time
 * @param closing silence after an acknowledgement that followed the client's FIN
 * @param idle silence in a connection that is established
 */
public record CloseDetection(
    Duration handshake, Duration stalled, Duration closing, Duration idle) {

  /** 1.5 s, 3 s, 3 s and 60 s. */
  public static final CloseDetection DEFAULT =
      new CloseDetection(
          Duration.ofMillis(1500),
          Duration.ofSeconds(3),
          Duration.ofSeconds(3),
          Duration.ofSeconds(60));

  /** How often data may be sent again before its flow counts as load no longer. */
  static final int STALLED = 3;

  /** Checks the ranges. */
  public CloseDetection {
    if (handshake.isNegative()
        || stalled.isNegative()
        || closing.isNegative()
        || idle.isNegative()) {
      throw new IllegalArgumentException(
          "silence: "
              + List.of(handshake, stalled, closing, idle)
              + " (expected: 0 or more in each)");
    }
  }
}
