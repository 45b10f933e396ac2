package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.VipOnHost;
import io.dsr.core.MacAddress;
import io.dsr.core.control.ExtensionFaults;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.LinkChange;
import io.dsr.linux.link.NetworkLink;
import io.netty.util.concurrent.EventExecutor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the interfaces of a balancer: releases one that is deleted and attaches it again when one
 * of its name is there and up, reopens it when its MAC address has changed or its MTU has grown,
 * announces the VIPs again when it has come up.
 *
 * <p>Control thread, which the first event loop wakes when the kernel has news.
 */
public final class InterfaceWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(InterfaceWatch.class);
  private static final int NONE = -1;

  private final HostDatapath datapath;
  private final LinkWatch links;

  /** Why an interface could not be used when that was last tried, by its name. */
  private final Map<String, String> refusals = new HashMap<>();

  private final Consumer<BalancerEvent> listener;

  /** The VIPs that the host itself has, as far as that was reported. Control thread. */
  private final Set<VipOnHost> onHost = new HashSet<>();

  /**
   * Begins to watch the interfaces of a host; an interface that was removed in the meantime is
   * released.
   */
  public InterfaceWatch(
      HostDatapath datapath, EventExecutor control, Consumer<BalancerEvent> listener)
      throws LinuxException {
    this.datapath = datapath;
    this.listener = listener;
    this.links = LinkWatch.open(datapath.shards().getFirst().loop(), control, this::heed);
    for (int number = 0; number < datapath.interfaces(); number++) {
      lookFor(number);
    }
  }

  /** Lets go of an interface that has gone between its opening and ours. */
  private void lookFor(int number) {
    int index = datapath.seenIndex(number);
    if (links.links().stream().noneMatch(link -> link.index() == index)) {
      try {
        remove(number);
      } catch (Exception e) {
        LOG.warn("{}: the removed interface could not be released", datapath.name(number), e);
      }
    }
  }

  private void remove(int number) throws Exception {
    datapath.detach(number);
    listener.accept(new BalancerEvent.InterfaceRemoved(datapath.name(number)));
  }

  private void heed(LinkChange change) {
    try {
      tellOfVips(change);
      int number = number(change.index());
      if (number != NONE) {
        heed(change, number);
      } else if (missing(change.link().name()) != NONE && change.link().isUp()) {
        attach(missing(change.link().name()));
      }
    } catch (Exception | Error e) {
      LOG.warn("{}: cannot handle a change: {}", change.link().name(), change, e);
    }
  }

  /** Tells of each VIP that the host has got, once until it has it no more. */
  private void tellOfVips(LinkChange change) {
    Set<VipOnHost> now =
        change instanceof LinkChange.Removed
            ? Set.of()
            : InterfaceChecks.vipsOn(change.link(), datapath.vips());
    String name = change.link().name();
    now.stream().filter(vip -> !onHost.contains(vip)).forEach(listener);
    onHost.removeIf(vip -> vip.name().equals(name));
    onHost.addAll(now);
  }

  private void heed(LinkChange change, int number) throws Exception {
    String name = change.link().name();
    switch (change) {
      case LinkChange.Removed removed -> remove(number);
      case LinkChange.LinkDown down -> listener.accept(new BalancerEvent.InterfaceDown(name));
      case LinkChange.LinkUp up -> up(number, up.after());
      case LinkChange.Renamed renamed -> {
        datapath.renamed(number, name);
        tell(name, "name", renamed.before().name(), name);
      }
      case LinkChange.AddressChanged changed -> {
        tell(name, "mac", mac(changed.before()), mac(changed.after()));
        follow(number, changed.after());
      }
      case LinkChange.MtuChanged changed -> {
        int before = changed.before().mtu();
        tell(name, "mtu", String.valueOf(before), String.valueOf(changed.after().mtu()));
        follow(number, changed.after());
      }
      case LinkChange.IpAddressesChanged changed -> datapath.refresh();
      case LinkChange.Appeared appeared -> {
        if (appeared.link().isUp()) {
          up(number, appeared.link());
        }
      }
    }
  }

  private void up(int number, NetworkLink link) throws Exception {
    if (datapath.binding(number) == null) {
      attach(number);
      return;
    }
    follow(number, link);
    datapath.announce(number);
    listener.accept(new BalancerEvent.InterfaceUp(link.name()));
  }

  /** Reopens an interface that changed since it was opened; one that is down, once it is up. */
  private void follow(int number, NetworkLink now) throws Exception {
    InterfaceBinding binding = datapath.binding(number);
    boolean differs =
        binding != null
            && (binding.link().hardwareAddress() != now.hardwareAddress()
                || binding.link().mtu() < now.mtu());
    if (differs && now.isUp()) {
      datapath.detach(number);
      datapath.attach(number);
    }
  }

  private void tell(String name, String what, String from, String to) {
    listener.accept(new BalancerEvent.InterfaceChanged(name, what, from, to));
  }

  private static String mac(NetworkLink link) {
    return new MacAddress(link.hardwareAddress()).toString();
  }

  /** Returns whether an interface is gone, could not be taken, or was closed. Any thread. */
  boolean hasMissing() {
    for (int number = 0; number < datapath.interfaces(); number++) {
      InterfaceBinding binding = datapath.binding(number);
      if (binding == null || !binding.isOpen()) {
        return true;
      }
    }
    return false;
  }

  /** Lets go of interfaces of which a handler has closed a channel: they are taken again. */
  private void releaseClosed() {
    for (int number = 0; number < datapath.interfaces(); number++) {
      InterfaceBinding binding = datapath.binding(number);
      if (binding != null && !binding.isOpen()) {
        String name = datapath.name(number);
        LOG.warn("{}: a handler closed a channel; the interface is opened again", name);
        try {
          datapath.detach(number);
        } catch (Exception e) {
          LOG.warn("{}: the closed interface could not be released", name, e);
        }
      }
    }
  }

  /** Tries again to take what is there and could not be taken; once a second. */
  void attachMissing() {
    releaseClosed();
    for (int number = 0; number < datapath.interfaces(); number++) {
      int missing = number;
      boolean up =
          datapath.binding(number) == null
              && links.links().stream()
                  .anyMatch(link -> link.name().equals(datapath.name(missing)) && link.isUp());
      if (up) {
        attach(number);
      }
    }
  }

  private void attach(int number) {
    String name = datapath.name(number);
    try {
      datapath.attach(number);
      refusals.remove(name);
      listener.accept(new BalancerEvent.InterfaceReturned(name));
    } catch (Exception | Error e) {
      String why = ExtensionFaults.text(e);
      if (!why.equals(refusals.put(name, why))) {
        LOG.warn("{}: cannot be used yet; tried again each second: {}", name, why);
      }
    }
  }

  /** Returns the number of the interface that had that index when it was last seen. */
  private int number(int index) {
    for (int number = 0; number < datapath.interfaces(); number++) {
      if (datapath.seenIndex(number) == index) {
        return number;
      }
    }
    return NONE;
  }

  /** Returns the number of the interface that has that name and is not attached. */
  private int missing(String name) {
    for (int number = 0; number < datapath.interfaces(); number++) {
      if (datapath.binding(number) == null && datapath.name(number).equals(name)) {
        return number;
      }
    }
    return NONE;
  }

  @Override
  public void close() {
    links.close();
  }
}
