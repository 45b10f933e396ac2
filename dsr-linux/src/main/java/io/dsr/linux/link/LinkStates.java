package io.dsr.linux.link;

import io.dsr.linux.link.LinkChange.AddressChanged;
import io.dsr.linux.link.LinkChange.Appeared;
import io.dsr.linux.link.LinkChange.IpAddressesChanged;
import io.dsr.linux.link.LinkChange.LinkDown;
import io.dsr.linux.link.LinkChange.LinkUp;
import io.dsr.linux.link.LinkChange.MtuChanged;
import io.dsr.linux.link.LinkChange.Removed;
import io.dsr.linux.link.LinkChange.Renamed;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The last known state of the links by index, and the differences that a notification makes. */
final class LinkStates {

  private final Map<Integer, NetworkLink> links = new TreeMap<>();

  /** Returns all links, by their index. */
  List<NetworkLink> all() {
    return List.copyOf(links.values());
  }

  @Nullable NetworkLink get(int index) {
    return links.get(index);
  }

  /** Takes over all links at once; returns what is different, what is gone first. */
  List<LinkChange> replaceAll(List<NetworkLink> now) {
    List<LinkChange> changes = new ArrayList<>();
    Set<Integer> indices = now.stream().map(NetworkLink::index).collect(Collectors.toSet());
    for (NetworkLink old : all()) {
      if (!indices.contains(old.index())) {
        changes.addAll(remove(old.index()));
      }
    }
    for (NetworkLink link : now) {
      changes.addAll(put(link));
    }
    return changes;
  }

  /** Takes over a link but for its IP addresses, of which the kernel tells in other messages. */
  List<LinkChange> putBare(NetworkLink link) {
    NetworkLink before = links.get(link.index());
    return put(before == null ? link : link.withAddresses(before.addresses()));
  }

  /** Takes over an IP address, in the place of the same one with other flags. */
  List<LinkChange> putAddress(int index, LinkAddress address) {
    NetworkLink before = links.get(index);
    if (before == null) {
      return List.of();
    }
    List<LinkAddress> addresses = without(before, address);
    addresses.add(address);
    return put(before.withAddresses(addresses));
  }

  List<LinkChange> removeAddress(int index, LinkAddress address) {
    NetworkLink before = links.get(index);
    return before == null ? List.of() : put(before.withAddresses(without(before, address)));
  }

  private static List<LinkAddress> without(NetworkLink link, LinkAddress address) {
    List<LinkAddress> addresses = new ArrayList<>(link.addresses());
    addresses.removeIf(other ->
        other.address().equals(address.address())
            && other.prefixLength() == address.prefixLength());
    return addresses;
  }

  List<LinkChange> remove(int index) {
    NetworkLink gone = links.remove(index);
    return gone == null ? List.of() : List.of(new Removed(gone));
  }

  private List<LinkChange> put(NetworkLink after) {
    NetworkLink before = links.put(after.index(), after);
    return before == null ? List.of(new Appeared(after)) : differences(before, after);
  }

  private static List<LinkChange> differences(NetworkLink before, NetworkLink after) {
    List<LinkChange> changes = new ArrayList<>();
    boolean wasUp = before.isUp() && before.isRunning();
    boolean isUp = after.isUp() && after.isRunning();
    if (wasUp && !isUp) {
      changes.add(new LinkDown(before, after));
    }
    if (!before.name().equals(after.name())) {
      changes.add(new Renamed(before, after));
    }
    if (before.hardwareAddress() != after.hardwareAddress()) {
      changes.add(new AddressChanged(before, after));
    }
    if (before.mtu() != after.mtu()) {
      changes.add(new MtuChanged(before, after));
    }
    if (!new HashSet<>(before.addresses()).equals(new HashSet<>(after.addresses()))) {
      changes.add(new IpAddressesChanged(before, after));
    }
    if (!wasUp && isUp) {
      changes.add(new LinkUp(before, after));
    }
    return changes;
  }
}
