package io.dsr.linux.suppression;

import io.dsr.linux.LinuxException;
import java.util.Set;

/** A process that holds a silencer until it is killed, or does what an unprivileged user can. */
final class SuppressorHolder {

  private SuppressorHolder() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("unprivileged")) {
      unprivileged();
      return;
    }
    try (HostSuppressor suppressor = Mechanism.valueOf(arguments[0]).open("eth0")) {
      suppressor.vips(Mechanism.addresses(Segment.VIPS));
      System.out.println("holding");
      int ignored = System.in.read();
    }
  }

  /** One namespace, eth0 the host's interface, eth1 the client's: says what ARP is answered. */
  private static void unprivileged() throws Exception {
    try (PacketTap client = new PacketTap("eth1")) {
      System.out.println("without: " + answered(client));
      try (HostSuppressor suppressor = NftablesSuppressor.open("eth0")) {
        suppressor.vips(Mechanism.addresses(Set.of(Segment.OWNED)));
        System.out.println("nftables: " + answered(client));
        System.out.println(Commands.run("nft list tables"));
      }
      System.out.println("closed: " + answered(client) + Commands.run("nft list tables"));
    }
    try (HostSuppressor suppressor = Mechanism.TCX.open("eth0")) {
      System.out.println(suppressor.name());
    } catch (LinuxException refused) {
      System.out.println("tcx: " + refused.getMessage());
    }
  }

  private static boolean answered(PacketTap client) throws Exception {
    client.send(ProbeFrames.arpRequest(Segment.OWNED));
    client.send(ProbeFrames.arpRequest("10.1.0.1"));
    return client.until(frame -> ProbeFrames.describe(frame).equals("arp 10.1.0.1")).stream()
        .anyMatch(frame -> ProbeFrames.describe(frame).equals("arp " + Segment.OWNED));
  }
}
