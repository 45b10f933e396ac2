package io.dsr.linux.link;

/**
 * What happened to a link, as {@link LinkMonitor} tells it: the link before and after. One message
 * of the kernel may bring several changes, all with the same two states: {@link LinkDown} comes
 * first of these and {@link LinkUp} last.
 *
 * <p>A link is up here if the administrator has set it up and it is operational (IFF_RUNNING): a
 * cable that is pulled is a link that goes down.
 */
public sealed interface LinkChange {

  /** Returns the link as it is now, or as it was last if it is gone. */
  NetworkLink link();

  /** Returns the index of the interface, which no other interface has while this one is there. */
  default int index() {
    return link().index();
  }

  /**
   * A link is there that was not: made, or moved into this namespace. If it is up, no {@link
   * LinkUp} follows.
   *
   * @param link the link, whose IP addresses mostly come a little later
   */
  record Appeared(NetworkLink link) implements LinkChange {}

  /**
   * A link is gone: deleted, or moved to another namespace. One that is created again under the
   * same name {@linkplain Appeared appears} with an index of its own; sockets of the old one stay
   * dead.
   *
   * @param link the link as it was last
   */
  record Removed(NetworkLink link) implements LinkChange {}

  /** A link can carry frames from now on. */
  record LinkUp(NetworkLink before, NetworkLink after) implements Alteration {}

  /** A link carries no frames any more. */
  record LinkDown(NetworkLink before, NetworkLink after) implements Alteration {}

  /** A link has another name. */
  record Renamed(NetworkLink before, NetworkLink after) implements Alteration {}

  /** A link has another MAC address. */
  record AddressChanged(NetworkLink before, NetworkLink after) implements Alteration {}

  /** Frames of a link may be longer, or must be shorter. */
  record MtuChanged(NetworkLink before, NetworkLink after) implements Alteration {}

  /**
   * An IP address was added to a link or removed, or became tentative or deprecated, or no longer
   * is.
   */
  record IpAddressesChanged(NetworkLink before, NetworkLink after) implements Alteration {}

  /** A change of a link that was there before and still is. */
  sealed interface Alteration extends LinkChange {

    /** Returns the link before the kernel's message. */
    NetworkLink before();

    /** Returns the link after it. */
    NetworkLink after();

    @Override
    default NetworkLink link() {
      return after();
    }
  }
}
