package io.dsr.core;

import java.time.Duration;
import java.util.List;

/**
 * How long the flows of a virtual service are remembered after their last frame, each 1 s to 31
 * days.
 *
 * <p>The defaults are those of the Linux kernel's IPVS ({@code ip_vs_proto_tcp.c}, {@code
 * ip_vs_proto_udp.c}, {@code ip_vs_proto_sctp.c}).
 *
 * @param synReceived a TCP connection whose first acknowledgement has not come
 * @param established a TCP connection that goes on
 * @param finWait a TCP connection whose client has sent its FIN
 * @param timeWait a TCP connection whose client has sent its FIN before any acknowledgement
 * @param close a TCP connection that was reset
 * @param udp a UDP flow
 * @param sctpEstablished an SCTP association that goes on
 * @param sctpClosing an SCTP association that begins or ends
 * @param other a flow of any other protocol
 */
public record FlowTimeouts(
    Duration synReceived,
    Duration established,
    Duration finWait,
    Duration timeWait,
    Duration close,
    Duration udp,
    Duration sctpEstablished,
    Duration sctpClosing,
    Duration other) {

  private static final Duration MINIMUM = Duration.ofSeconds(1);
  private static final Duration MAXIMUM = Duration.ofDays(31);

  /** What IPVS does; 600 s for protocols that it has no number for. */
  public static final FlowTimeouts DEFAULT =
      new FlowTimeouts(
          Duration.ofSeconds(60),
          Duration.ofSeconds(900),
          Duration.ofSeconds(120),
          Duration.ofSeconds(120),
          Duration.ofSeconds(10),
          Duration.ofSeconds(300),
          Duration.ofSeconds(900),
          Duration.ofSeconds(30),
          Duration.ofSeconds(600));

  /** Checks the ranges. */
  public FlowTimeouts {
    for (Duration timeout :
        List.of(
            synReceived,
            established,
            finWait,
            timeWait,
            close,
            udp,
            sctpEstablished,
            sctpClosing,
            other)) {
      if (timeout.compareTo(MINIMUM) < 0 || timeout.compareTo(MAXIMUM) > 0) {
        throw new IllegalArgumentException("timeout: " + timeout + " (expected: 1 s to 31 days)");
      }
    }
  }

  /** Returns these with other times for TCP, TCP after a FIN, and UDP: {@code ipvsadm --set}. */
  public FlowTimeouts ipvsTimeouts(Duration tcp, Duration tcpFin, Duration newUdp) {
    return new FlowTimeouts(
        synReceived, tcp, tcpFin, timeWait, close, newUdp, sctpEstablished, sctpClosing, other);
  }

  /** Returns these with another time for TCP connections that go on. */
  public FlowTimeouts established(Duration time) {
    return ipvsTimeouts(time, finWait, udp);
  }

  /** Returns these with another time for TCP connections whose client has sent its FIN. */
  public FlowTimeouts finWait(Duration time) {
    return ipvsTimeouts(established, time, udp);
  }

  /** Returns these with another time for UDP flows. */
  public FlowTimeouts udp(Duration time) {
    return ipvsTimeouts(established, finWait, time);
  }

  /** Returns these with another time for TCP connections that have just begun. */
  public FlowTimeouts synReceived(Duration time) {
    return new FlowTimeouts(
        time, established, finWait, timeWait, close, udp, sctpEstablished, sctpClosing, other);
  }
}
