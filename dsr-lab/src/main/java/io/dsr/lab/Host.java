package io.dsr.lab;

import io.dsr.core.MacAddress;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A machine of the lab: a namespace with one interface.
 *
 * @param namespace where its sockets are made
 * @param networkInterface the name of its interface
 * @param mac the address of that interface
 * @param ipv4 its own IPv4 address
 * @param ipv6 its own IPv6 address
 */
public record Host(
    NetworkNamespace namespace,
    String networkInterface,
    MacAddress mac,
    InetAddress ipv4,
    InetAddress ipv6) {

  private static final int RECEIVED_BYTES = 0;
  private static final int RECEIVED_PACKETS = 1;
  private static final int SENT_BYTES = 8;
  private static final int SENT_PACKETS = 9;

  /** Returns its name. */
  public String name() {
    return namespace.label();
  }

  /** Returns its own address of the family that {@code other} has. */
  public InetAddress addressLike(InetAddress other) {
    return other instanceof Inet6Address ? ipv6 : ipv4;
  }

  /** Reads what has passed its interface. */
  public Counters counters() throws IOException {
    return counters(networkInterface);
  }

  Counters counters(String interfaceName) throws IOException {
    // /sys/class/net shows the namespace in which it was mounted, whoever reads it.
    List<String> lines =
        namespace.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
    for (String line : lines) {
      String[] parts = line.strip().split(":", 2);
      if (parts.length == 2 && parts[0].equals(interfaceName)) {
        String[] numbers = parts[1].strip().split("\\s+", -1);
        return new Counters(
            Long.parseLong(numbers[RECEIVED_PACKETS]),
            Long.parseLong(numbers[RECEIVED_BYTES]),
            Long.parseLong(numbers[SENT_PACKETS]),
            Long.parseLong(numbers[SENT_BYTES]));
      }
    }
    throw new IOException(name() + ": no interface " + interfaceName);
  }

  /**
   * What an interface counts: a frame that the kernel has merged from several counts as one.
   *
   * @param receivedPackets frames in
   * @param receivedBytes their bytes, Ethernet headers included
   * @param sentPackets frames out
   * @param sentBytes their bytes, Ethernet headers included
   */
  public record Counters(
      long receivedPackets, long receivedBytes, long sentPackets, long sentBytes) {

    /** Nothing. */
    public static final Counters NONE = new Counters(0, 0, 0, 0);

    /** Returns what came since {@code earlier}. */
    public Counters since(Counters earlier) {
      return new Counters(
          receivedPackets - earlier.receivedPackets,
          receivedBytes - earlier.receivedBytes,
          sentPackets - earlier.sentPackets,
          sentBytes - earlier.sentBytes);
    }

    /** Returns the sum of both. */
    public Counters plus(Counters other) {
      return new Counters(
          receivedPackets + other.receivedPackets,
          receivedBytes + other.receivedBytes,
          sentPackets + other.sentPackets,
          sentBytes + other.sentBytes);
    }
  }
}
