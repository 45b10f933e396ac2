package io.dsr.core;

/** A transport protocol that a virtual service can carry. */
public enum Protocol {
  /** Transmission Control Protocol, RFC 9293. */
  TCP(6),
  /** User Datagram Protocol, RFC 768. */
  UDP(17);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** Returns the number in the IPv4 protocol field and the IPv6 next-header field. */
  public int number() {
    return number;
  }
}
