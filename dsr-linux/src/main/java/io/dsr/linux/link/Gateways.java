package io.dsr.linux.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.dsr.linux.LinuxException;
import io.dsr.linux.netlink.NetlinkMessage;
import io.dsr.linux.netlink.NetlinkRequest;
import io.dsr.linux.netlink.NetlinkSocket;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The routers that a link's routes lead to, by rtnetlink(7) in the calling thread's network
 * namespace: the default gateway and those of all other routes, in whichever table.
 */
public final class Gateways {

  private static final int RTM_GETROUTE = 26;
  private static final int RTMSG_LENGTH = 12;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_MULTIPATH = 9;
  private static final int RTA_VIA = 18;

  private static final int NEXT_HOP_LENGTH = 8; // struct rtnexthop
  private static final int NEXT_HOP_INTERFACE = 4;
  private static final int ATTRIBUTE_HEADER = 4;
  private static final int VIA_FAMILY = 2; // struct rtvia begins with the address family
  private static final int TYPE_MASK = 0x3fff;

  private final int interfaceIndex;
  private final Set<InetAddress> found = new LinkedHashSet<>();

  private Gateways(int interfaceIndex) {
    this.interfaceIndex = interfaceIndex;
  }

  /** Returns the addresses of the routers behind an interface, each once. */
  public static Set<InetAddress> of(int interfaceIndex) throws LinuxException {
    var gateways = new Gateways(interfaceIndex);
    try (NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.ROUTE)) {
      var request = new NetlinkRequest(RTM_GETROUTE, NetlinkRequest.DUMP).header(0, RTMSG_LENGTH);
      socket.ask(request, "RTM_GETROUTE(" + interfaceIndex + ")", gateways::route);
    }
    return gateways.found;
  }

  private void route(NetlinkMessage message) {
    if (message.number(RTMSG_LENGTH, RTA_OIF, 0) == interfaceIndex) {
      add(message.attribute(RTMSG_LENGTH, RTA_GATEWAY), 0);
      add(message.attribute(RTMSG_LENGTH, RTA_VIA), VIA_FAMILY);
    }
    MemorySegment hops = message.attribute(RTMSG_LENGTH, RTA_MULTIPATH);
    long at = 0;
    while (hops != null && at + NEXT_HOP_LENGTH <= hops.byteSize()) {
      int length = Short.toUnsignedInt(hops.get(JAVA_SHORT_UNALIGNED, at));
      if (length < NEXT_HOP_LENGTH || at + length > hops.byteSize()) {
        return;
      }
      hop(hops.asSlice(at, length));
      at += aligned(length);
    }
  }

  private void hop(MemorySegment hop) {
    if (hop.get(JAVA_INT_UNALIGNED, NEXT_HOP_INTERFACE) != interfaceIndex) {
      return;
    }
    long at = NEXT_HOP_LENGTH;
    while (at + ATTRIBUTE_HEADER <= hop.byteSize()) {
      int length = Short.toUnsignedInt(hop.get(JAVA_SHORT_UNALIGNED, at));
      if (length < ATTRIBUTE_HEADER || at + length > hop.byteSize()) {
        return;
      }
      int type = hop.get(JAVA_SHORT_UNALIGNED, at + 2) & TYPE_MASK;
      if (type == RTA_GATEWAY || type == RTA_VIA) {
        MemorySegment value = hop.asSlice(at + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER);
        add(value, type == RTA_VIA ? VIA_FAMILY : 0);
      }
      at += aligned(length);
    }
  }

  private void add(@Nullable MemorySegment value, int offset) {
    if (value == null || value.byteSize() < offset) {
      return;
    }
    try {
      found.add(InetAddress.getByAddress(value.asSlice(offset).toArray(JAVA_BYTE)));
    } catch (UnknownHostException e) {
      // Neither 4 nor 16 octets: a gateway of a family that carries no IP addresses.
      return;
    }
  }

  private static long aligned(int length) {
    return (length + 3L) & ~3L;
  }
}
