package io.dsr.core;

import static java.util.Objects.requireNonNull;

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
@CheckReturnValue
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

  /** Returns a builder that has the times of {@link #DEFAULT}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a builder that has these times. */
  public Builder toBuilder() {
    return builder()
        .synReceived(synReceived)
        .established(established)
        .finWait(finWait)
        .timeWait(timeWait)
        .close(close)
        .udp(udp)
        .sctpEstablished(sctpEstablished)
        .sctpClosing(sctpClosing)
        .other(other);
  }

  /** Returns these with other times for TCP, TCP after a FIN, and UDP: {@code ipvsadm --set}. */
  public FlowTimeouts ipvsTimeouts(Duration tcp, Duration tcpFin, Duration newUdp) {
    return toBuilder().established(tcp).finWait(tcpFin).udp(newUdp).build();
  }

  /** Returns these with another time for TCP connections that go on. */
  public FlowTimeouts established(Duration time) {
    return toBuilder().established(time).build();
  }

  /** Returns these with another time for TCP connections whose client has sent its FIN. */
  public FlowTimeouts finWait(Duration time) {
    return toBuilder().finWait(time).build();
  }

  /** Returns these with another time for UDP flows. */
  public FlowTimeouts udp(Duration time) {
    return toBuilder().udp(time).build();
  }

  /** Returns these with another time for TCP connections that have just begun. */
  public FlowTimeouts synReceived(Duration time) {
    return toBuilder().synReceived(time).build();
  }

  /** Builds {@link FlowTimeouts}. Not for several threads at once. */
  @CanIgnoreReturnValue
  public static final class Builder {

    private Duration synReceived = DEFAULT.synReceived;
    private Duration established = DEFAULT.established;
    private Duration finWait = DEFAULT.finWait;
    private Duration timeWait = DEFAULT.timeWait;
    private Duration close = DEFAULT.close;
    private Duration udp = DEFAULT.udp;
    private Duration sctpEstablished = DEFAULT.sctpEstablished;
    private Duration sctpClosing = DEFAULT.sctpClosing;
    private Duration other = DEFAULT.other;

    private Builder() {}

    /**
     * Sets the time of a TCP connection whose first acknowledgement has not come; the default is 60
     * s.
     */
    public Builder synReceived(Duration time) {
      this.synReceived = requireNonNull(time, "synReceived");
      return this;
    }

    /** Sets the time of a TCP connection that goes on; the default is 900 s. */
    public Builder established(Duration time) {
      this.established = requireNonNull(time, "established");
      return this;
    }

    /** Sets the time of a TCP connection whose client has sent its FIN; the default is 120 s. */
    public Builder finWait(Duration time) {
      this.finWait = requireNonNull(time, "finWait");
      return this;
    }

    /**
     * Sets the time of a TCP connection whose client has sent its FIN before any acknowledgement;
     * the default is 120 s.
     */
    public Builder timeWait(Duration time) {
      this.timeWait = requireNonNull(time, "timeWait");
      return this;
    }

    /** Sets the time of a TCP connection that was reset; the default is 10 s. */
    public Builder close(Duration time) {
      this.close = requireNonNull(time, "close");
      return this;
    }

    /** Sets the time of a UDP flow; the default is 300 s. */
    public Builder udp(Duration time) {
      this.udp = requireNonNull(time, "udp");
      return this;
    }

    /** Sets the time of an SCTP association that goes on; the default is 900 s. */
    public Builder sctpEstablished(Duration time) {
      this.sctpEstablished = requireNonNull(time, "sctpEstablished");
      return this;
    }

    /** Sets the time of an SCTP association that begins or ends; the default is 30 s. */
    public Builder sctpClosing(Duration time) {
      this.sctpClosing = requireNonNull(time, "sctpClosing");
      return this;
    }

    /** Sets the time of a flow of any other protocol; the default is 600 s. */
    public Builder other(Duration time) {
      this.other = requireNonNull(time, "other");
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException if a setting is out of the range that the record names
     */
    @CheckReturnValue
    public FlowTimeouts build() {
      return new FlowTimeouts(
          synReceived,
          established,
          finWait,
          timeWait,
          close,
          udp,
          sctpEstablished,
          sctpClosing,
          other);
    }
  }
}
