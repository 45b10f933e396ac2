package io.dsr.netty.host;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.handler.OwnAddresses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * The interfaces of a balancer as they were last seen, by number. Control thread, but for {@link
 * #name}.
 */
final class LinkCache {

  private final AtomicReferenceArray<String> names;
  private final List<NetworkLink> links = new ArrayList<>();
  private final LongAdder looks = new LongAdder();

  /** Creates links of these interfaces, none of which was seen yet. */
  LinkCache(List<Interface> interfaces) {
    this.names = new AtomicReferenceArray<>(interfaces.size());
    for (int number = 0; number < interfaces.size(); number++) {
      names.set(number, interfaces.get(number).name());
    }
  }

  int count() {
    return names.length();
  }

  /** Returns the name of an interface as it is now. Any thread. */
  String name(int number) {
    return names.get(number);
  }

  void name(int number, String now) {
    names.set(number, now);
  }

  /** Takes note of the next interface, or of one that was seen before. */
  void seen(int number, NetworkLink link) {
    if (number == links.size()) {
      links.add(link);
    } else {
      links.set(number, link);
    }
  }

  List<NetworkLink> all() {
    return links;
  }

  /** Returns how often the interfaces were looked at. Any thread. */
  long looks() {
    return looks.sum();
  }

  /** Looks at all that were seen; one that is gone keeps the addresses that it had. */
  void look() throws LinuxException {
    looks.increment();
    for (int number = 0; number < links.size(); number++) {
      try {
        links.set(number, NetworkLink.byName(names.get(number)));
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENODEV) {
          throw e;
        }
      }
    }
  }

  /**
   * Returns our addresses on a link.
   *
   * @param macs the MAC addresses of all interfaces of the balancer
   */
  OwnAddresses own(NetworkLink link, Set<Long> macs) {
    NetworkLink current =
        links.stream().filter(each -> each.index() == link.index()).findFirst().orElse(link);
    return InterfaceChecks.own(current, macs);
  }
}
