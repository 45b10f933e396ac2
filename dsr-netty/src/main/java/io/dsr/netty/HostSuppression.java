package io.dsr.netty;

/**
 * How the host's kernel is kept from forwarding or answering the frames that the balancer takes.
 * The suppression ends with the process, even if the process is killed.
 */
public enum HostSuppression {
  /** The first of {@link #TCX} and {@link #NFTABLES} that the host permits. */
  AUTO,
  /** A BPF program on a TCX link: Linux 6.6, CAP_BPF and CAP_NET_ADMIN. */
  TCX,
  /** An nftables table with an owner: Linux 5.12, CAP_NET_ADMIN. */
  NFTABLES,
  /** Nothing: the operator makes sure that the host does not forward. */
  NONE
}
