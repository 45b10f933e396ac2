package io.dsr.linux.suppression;

import io.dsr.linux.LinuxException;
import java.util.HexFormat;
import java.util.Set;

/**
 * A process that holds a silencer until it is killed, or does what an unprivileged user can. It has
 * this module's classes alone: frames to send are arguments, in hexadecimal digits.
 */
final class SuppressorHolder {

  private SuppressorHolder() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("unprivileged")) {
      unprivileged(HexFormat.of().parseHex(arguments[1]), HexFormat.of().parseHex(arguments[2]));
      return;
    }
    try (HostSuppressor suppressor = Mechanism.valueOf(arguments[0]).open("eth0")) {
      suppressor.vips(Mechanism.addresses(Segment.VIPS));
      System.out.println("holding");
      int ignored = System.in.read();
    }
  }

  /** One namespace, eth0 the host's interface, eth1 the client's: says what ARP is answered. */
  private static void unprivileged(byte[] owned, byte[] own) throws Exception {
    try (PacketTap client = new PacketTap("eth1")) {
      System.out.println("without: " + answered(client, owned, own));
      try (HostSuppressor suppressor = NftablesSuppressor.open("eth0")) {
        suppressor.vips(Mechanism.addresses(Set.of(Segment.OWNED)));
        System.out.println("nftables: " + answered(client, owned, own));
        System.out.println(Commands.run("nft list tables"));
      }
      System.out.println(
          "closed: " + answered(client, owned, own) + Commands.run("nft list tables"));
    }
    try (HostSuppressor suppressor = Mechanism.TCX.open("eth0")) {
      System.out.println(suppressor.name());
    } catch (LinuxException refused) {
      System.out.println("tcx: " + refused.getMessage());
    }
  }

  private static boolean answered(PacketTap client, byte[] owned, byte[] own) throws Exception {
    client.send(owned);
    client.send(own);
    return client.until(frame -> ProbeFrames.describe(frame).equals("arp 10.1.0.1")).stream()
        .anyMatch(frame -> ProbeFrames.describe(frame).equals("arp " + Segment.OWNED));
  }
}
