package io.dsr.linux.link;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.netlink.NetlinkMessage;
import io.dsr.linux.netlink.NetlinkRequest;
import io.dsr.linux.netlink.NetlinkSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network interface as it was when asked for, by rtnetlink(7) in the calling thread's network
 * namespace. (java.net.NetworkInterface reads /proc/net, which is the main thread's namespace.)
 *
 * @param index the interface index
 * @param name the interface name
 * @param hardwareType {@link #ETHERNET} or another ARPHRD number (linux/if_arp.h)
 * @param hardwareAddress the link-layer address: a MAC address in the low 48 bits, 0 if the link
 *     has none of 6 bytes
 * @param mtu the largest payload of a frame, in bytes
 * @param flags bits of linux/if.h; {@link #isUp} and its like read them
 * @param addresses IP addresses, in the kernel's order
 */
public record NetworkLink(
    int index,
    String name,
    int hardwareType,
    long hardwareAddress,
    int mtu,
    int flags,
    List<LinkAddress> addresses) {

  /** {@code ARPHRD_ETHER}. */
  public static final int ETHERNET = 1;

  private static final int IFF_UP = 0x1;
  private static final int IFF_LOOPBACK = 0x8;
  private static final int IFF_RUNNING = 0x40;

  private static final int RTM_GETLINK = 18;
  private static final int RTM_GETADDR = 22;
  private static final int IFINFOMSG_LENGTH = 16;
  private static final int IFADDRMSG_LENGTH = 8;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_IFNAME = 3;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_FLAGS = 8;
  private static final int IFNAMSIZ = 16;
  private static final int MAXIMUM_ATTEMPTS = 16; // to list links while they change

  /** Copies {@code addresses}. */
  public NetworkLink {
    addresses = List.copyOf(addresses);
  }

  /**
   * Returns the link called {@code name}.
   *
   * @throws LinuxException with ENODEV if the calling thread's namespace has none
   */
  public static NetworkLink byName(String name) throws LinuxException {
    String call = "RTM_GETLINK(" + name + ")";
    if (name.isEmpty() || name.length() >= IFNAMSIZ) {
      throw new LinuxException(call, Errno.ENODEV);
    }
    try (NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.ROUTE)) {
      var request =
          new NetlinkRequest(RTM_GETLINK, 0)
              .header(0, IFINFOMSG_LENGTH)
              .attribute(IFLA_IFNAME, name);
      List<NetworkLink> answers = new ArrayList<>();
      socket.ask(request, call, message -> answers.add(read(message).withName(name)));
      if (answers.isEmpty()) {
        throw new LinuxException(call, Errno.ENODEV);
      }
      NetworkLink link = answers.getFirst();
      return link.withAddresses(addresses(socket).getOrDefault(link.index, List.of()));
    }
  }

  /** Returns every link of the calling thread's namespace, in the kernel's order. */
  public static List<NetworkLink> all() throws LinuxException {
    try (NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.ROUTE)) {
      return all(socket);
    }
  }

  /** Returns every link of the socket's namespace, in the kernel's order. */
  static List<NetworkLink> all(NetlinkSocket socket) throws LinuxException {
    List<NetworkLink> bare = new ArrayList<>();
    for (int attempts = 0; attempts < MAXIMUM_ATTEMPTS; attempts++) {
      bare.clear();
      var request =
          new NetlinkRequest(RTM_GETLINK, NetlinkRequest.DUMP).header(0, IFINFOMSG_LENGTH);
      if (socket.ask(request, "RTM_GETLINK", message -> bare.add(read(message)))) {
        break;
      }
    }
    Map<Integer, List<LinkAddress>> addresses = addresses(socket);
    return bare.stream()
        .map(link -> link.withAddresses(addresses.getOrDefault(link.index, List.of())))
        .toList();
  }

  /** Returns the link, without IP addresses, that a message of type RTM_NEWLINK is about. */
  static NetworkLink read(NetlinkMessage message) {
    var header = message.payload();
    byte[] name = message.bytes(IFINFOMSG_LENGTH, IFLA_IFNAME);
    byte[] mac = message.bytes(IFINFOMSG_LENGTH, IFLA_ADDRESS);
    return new NetworkLink(
        header.get(JAVA_INT_UNALIGNED, 4),
        new String(name, 0, Math.max(0, name.length - 1), StandardCharsets.UTF_8),
        Short.toUnsignedInt(header.get(JAVA_SHORT_UNALIGNED, 2)),
        mac.length == 6 ? Long.parseLong(HexFormat.of().formatHex(mac), 16) : 0,
        message.number(IFINFOMSG_LENGTH, IFLA_MTU, 0),
        header.get(JAVA_INT_UNALIGNED, 8),
        List.of());
  }

  // Asked for by an alternative name, the kernel answers with the first one.
  private NetworkLink withName(String asked) {
    return new NetworkLink(index, asked, hardwareType, hardwareAddress, mtu, flags, addresses);
  }

  NetworkLink withAddresses(List<LinkAddress> found) {
    return new NetworkLink(index, name, hardwareType, hardwareAddress, mtu, flags, found);
  }

  /** Returns the IP addresses of all links, by the links' indices. */
  private static Map<Integer, List<LinkAddress>> addresses(NetlinkSocket socket)
      throws LinuxException {
    Map<Integer, List<LinkAddress>> found = new HashMap<>();
    for (int attempts = 0; attempts < MAXIMUM_ATTEMPTS; attempts++) {
      found.clear();
      var request =
          new NetlinkRequest(RTM_GETADDR, NetlinkRequest.DUMP).header(0, IFADDRMSG_LENGTH);
      boolean consistent =
          socket.ask(
              request,
              "RTM_GETADDR",
              message -> {
                LinkAddress address = readAddress(message);
                if (address != null) {
                  int index = addressIndex(message);
                  found.computeIfAbsent(index, _ -> new ArrayList<>()).add(address);
                }
              });
      if (consistent) {
        break;
      }
    }
    return found;
  }

  /** Returns the index of the link that a message of type RTM_NEWADDR is about. */
  static int addressIndex(NetlinkMessage message) {
    return message.payload().get(JAVA_INT_UNALIGNED, 4);
  }

  /** Returns the address that a message of type RTM_NEWADDR brings, null if it is not IP. */
  static @Nullable LinkAddress readAddress(NetlinkMessage message) {
    var header = message.payload();
    // On a point-to-point link IFA_ADDRESS is the peer's.
    byte[] local = message.bytes(IFADDRMSG_LENGTH, IFA_LOCAL);
    byte[] bytes = local.length > 0 ? local : message.bytes(IFADDRMSG_LENGTH, IFA_ADDRESS);
    if (bytes.length != 4 && bytes.length != 16) {
      return null;
    }
    try {
      return new LinkAddress(
          InetAddress.getByAddress(bytes),
          Byte.toUnsignedInt(header.get(JAVA_BYTE, 1)),
          Byte.toUnsignedInt(header.get(JAVA_BYTE, 3)),
          message.number(
              IFADDRMSG_LENGTH, IFA_FLAGS, Byte.toUnsignedInt(header.get(JAVA_BYTE, 2))));
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }

  /** Returns whether the administrator has set the link up. */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /** Returns whether the link is up and operational. */
  public boolean isRunning() {
    return (flags & IFF_RUNNING) != 0;
  }

  /** Returns whether the link is a loopback. */
  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  /** Returns whether frames have an Ethernet header. */
  public boolean isEthernet() {
    return hardwareType == ETHERNET;
  }

  /**
   * An IP address of a link.
   *
   * @param address the address
   * @param prefixLength the length of its subnet's prefix, in bits
   * @param scope {@link #GLOBAL} and its like (linux/rtnetlink.h)
   * @param flags bits of linux/if_addr.h; {@link #isTentative} and its like read them
   */
  public record LinkAddress(InetAddress address, int prefixLength, int scope, int flags) {

    /** {@code RT_SCOPE_UNIVERSE}. */
    public static final int GLOBAL = 0;

    /** {@code RT_SCOPE_LINK}. */
    public static final int LINK = 253;

    /** {@code RT_SCOPE_HOST}. */
    public static final int HOST = 254;

    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_DEPRECATED = 0x20;
    private static final int IFA_F_TENTATIVE = 0x40;

    /** Returns whether this is an IPv4 address. */
    public boolean isIpv4() {
      return address instanceof Inet4Address;
    }

    /** Returns whether duplicate address detection still runs, or has failed. */
    public boolean isTentative() {
      return (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0;
    }

    /** Returns whether the address should not be used for anything new. */
    public boolean isDeprecated() {
      return (flags & IFA_F_DEPRECATED) != 0;
    }
  }
}
