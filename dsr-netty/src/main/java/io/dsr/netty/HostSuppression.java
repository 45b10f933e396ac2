package io.dsr.netty;

/**
 * What keeps the host's own kernel from forwarding or answering the frames that the balancer takes.
 * Whatever is chosen ends with the process, however that ends.
 */
public enum HostSuppression {
  /** The first of {@link #TCX} and {@link #NFTABLES} that the host permits. */
  AUTO,
  /** A BPF program on a TCX link: Linux 6.6, CAP_BPF and CAP_NET_ADMIN. */
  TCX,
  /** An nftables table with an owner: Linux 5.12, CAP_NET_ADMIN. */
  NFTABLES,
  /** Nothing: the operator has seen to it that the host does not forward. */
  NONE
}
