package io.dsr.linux.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import io.dsr.linux.netlink.NetlinkMessage;
import io.dsr.linux.netlink.NetlinkSocket;
import io.dsr.linux.netlink.NetlinkSubscription;
import io.dsr.linux.netlink.NetlinkSubscription.Reception;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reports every change of the links of a network namespace, that of the thread that opens it, by
 * rtnetlink(7): each change once, with the link before and after. Needs no privileges.
 *
 * <p>{@link #poll} never waits. Call it when {@link #fd} is readable (level-triggered epoll reports
 * an overrun as EPOLLERR too), or from time to time: one that finds nothing costs one system call.
 * A link that goes and returns between two calls is still reported, because the kernel queues each
 * change. Only if its queue has overrun, {@link #overruns} counts that, all links are read again
 * and the differences told: what came and went in between is not.
 *
 * <p>A change may be told that {@link #links} had already when it was opened, followed by those
 * that led there: the kernel's list and its notifications are not from the same instant. The last
 * state is right.
 *
 * <p>Any thread may call any method; {@code poll} calls its consumer on the caller's own, with this
 * monitor locked.
 */
public final class LinkMonitor implements AutoCloseable {

  private static final int GROUP_LINK = 1; // 1 << RTNLGRP_LINK - 1, linux/rtnetlink.h
  private static final int GROUP_IPV4_ADDRESS = 1 << 4;
  private static final int GROUP_IPV6_ADDRESS = 1 << 8;

  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int IFINFOMSG_LENGTH = 16;
  private static final int IFADDRMSG_LENGTH = 8;
  private static final byte AF_UNSPEC = 0;

  private static final int QUEUE_BYTES = 1 << 20; // some 400 changes
  private static final int DATAGRAMS_PER_POLL = 1024;

  private final LinkStates states = new LinkStates();
  private final NetlinkSubscription subscription;
  private final NetlinkSocket questions;
  private long overruns;
  private boolean stale;
  private boolean closed;

  private LinkMonitor(NetlinkSubscription subscription, NetlinkSocket questions) {
    this.subscription = subscription;
    this.questions = questions;
  }

  /** Opens a monitor and reads all links, without reporting them. */
  public static LinkMonitor open() throws LinuxException {
    return open(QUEUE_BYTES);
  }

  static LinkMonitor open(int queueBytes) throws LinuxException {
    int groups = GROUP_LINK | GROUP_IPV4_ADDRESS | GROUP_IPV6_ADDRESS;
    var subscription = NetlinkSubscription.open(NetlinkSocket.ROUTE, groups, queueBytes);
    NetlinkSocket questions = null;
    try {
      questions = NetlinkSocket.openShared(NetlinkSocket.ROUTE);
      var monitor = new LinkMonitor(subscription, questions);
      monitor.readAll();
      return monitor;
    } catch (LinuxException e) {
      subscription.close();
      if (questions != null) {
        questions.close();
      }
      throw e;
    }
  }

  /** Returns the file descriptor to wait on, which stays this monitor's. */
  public int fd() {
    return subscription.fd();
  }

  /** Returns the links as they were when last polled, by their index. */
  public synchronized List<NetworkLink> links() {
    return states.all();
  }

  /** Returns the link that has {@code index}, as it was when last polled. */
  public synchronized Optional<NetworkLink> link(int index) {
    return Optional.ofNullable(states.get(index));
  }

  /** Returns how often the kernel's queue has overrun. */
  public synchronized long overruns() {
    return overruns;
  }

  /**
   * Tells {@code listener} of what changed since the last call, in the kernel's order. It may close
   * this monitor, and gets no more reports then. If it throws, the remaining changes are not
   * reported later.
   *
   * @return whether more may wait; false once it is closed
   * @throws LinuxException if the kernel refuses to list its links; the next call asks again
   */
  public synchronized boolean poll(Consumer<? super LinkChange> listener) throws LinuxException {
    for (int i = 0; i < DATAGRAMS_PER_POLL; i++) {
      if (closed) {
        return false;
      }
      List<LinkChange> changes = new ArrayList<>(stale ? readAll() : List.of());
      Reception reception = subscription.receive(message -> changes.addAll(changesBy(message)));
      if (reception == Reception.LOSS) {
        overruns++;
        stale = true;
        changes.addAll(readAll());
      }
      tell(changes, listener);
      if (reception == Reception.NOTHING) {
        return false;
      }
    }
    return true;
  }

  private void tell(List<LinkChange> changes, Consumer<? super LinkChange> listener) {
    for (LinkChange change : changes) {
      if (!closed) {
        listener.accept(change);
      }
    }
  }

  // Until the queue is empty the kernel drops without another word: first empty it, then read.
  private List<LinkChange> readAll() throws LinuxException {
    subscription.discard();
    List<LinkChange> changes = states.replaceAll(NetworkLink.all(questions));
    stale = false;
    return changes;
  }

  private List<LinkChange> changesBy(NetlinkMessage message) {
    int type = message.type();
    if (type == RTM_NEWLINK || type == RTM_DELLINK) {
      return linkChanges(message);
    }
    if (type == RTM_NEWADDR || type == RTM_DELADDR) {
      return addressChanges(message);
    }
    return List.of();
  }

  private List<LinkChange> linkChanges(NetlinkMessage message) {
    var header = message.payload();
    // A bridge tells of its ports in messages of its own family, a deletion when one leaves it.
    if (header.byteSize() < IFINFOMSG_LENGTH || header.get(JAVA_BYTE, 0) != AF_UNSPEC) {
      return List.of();
    }
    NetworkLink link = NetworkLink.read(message);
    return message.type() == RTM_NEWLINK ? states.putBare(link) : states.remove(link.index());
  }

  private List<LinkChange> addressChanges(NetlinkMessage message) {
    if (message.payload().byteSize() < IFADDRMSG_LENGTH) {
      return List.of();
    }
    int index = NetworkLink.addressIndex(message);
    LinkAddress address = NetworkLink.readAddress(message);
    if (address == null) {
      return List.of();
    }
    return message.type() == RTM_NEWADDR
        ? states.putAddress(index, address)
        : states.removeAddress(index, address);
  }

  /** Closes the sockets, once. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      subscription.close();
      questions.close();
    }
  }
}
