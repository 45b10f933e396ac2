package io.dsr.core.scheduler;

/**
 * How rendezvous hashing chooses.
 *
 * @param sourcePort whether the client's port counts too, so that one client's connections spread
 */
public record RendezvousOptions(boolean sourcePort) {

  /** By address alone. */
  public static final RendezvousOptions DEFAULT = new RendezvousOptions(false);

  /** Returns the same options with the client's port counted, or not. */
  public RendezvousOptions sourcePort(boolean newSourcePort) {
    return new RendezvousOptions(newSourcePort);
  }
}
