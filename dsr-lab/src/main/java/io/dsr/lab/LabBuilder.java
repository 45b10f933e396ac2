package io.dsr.lab;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** Says what a {@link Lab} is like; each setter returns this. */
public final class LabBuilder {

  /** The most servers that a lab has. */
  public static final int MAXIMUM_SERVERS = 16;

  /** The smallest path MTU, that of IPv6. */
  private static final int MINIMUM_MTU = 1280;

  private static final int ETHERNET_MTU = 1500;

  int servers = 2;
  int clientPathMtu = ETHERNET_MTU;
  boolean ipForward;
  boolean localClient;
  MulticastSnooping snooping = MulticastSnooping.WITHOUT_QUERIER;

  LabBuilder() {}

  /** What the segment's switch does about multicast. */
  public enum MulticastSnooping {
    /** Sends every multicast frame everywhere. */
    OFF,
    /** Listens to reports, but as nobody queries floods all the same; the default of Linux. */
    WITHOUT_QUERIER,
    /**
     * Queries, and sends multicast frames only where somebody has joined; begins to about a second
     * after the lab is built.
     */
    WITH_QUERIER
  }

  /** Sets the number of servers, 1 to 16; 2 by default. */
  public LabBuilder servers(int number) {
    if (number < 1 || number > MAXIMUM_SERVERS) {
      throw new IllegalArgumentException("servers: " + number + " (expected: 1 to 16)");
    }
    servers = number;
    return this;
  }

  /**
   * Sets the largest packet, in bytes, that the router passes on to the client, 1280 to 1500; 1500
   * by default. The client knows nothing of it, so that servers must learn it by ICMP.
   */
  public LabBuilder clientPathMtu(int bytes) {
    if (bytes < MINIMUM_MTU || bytes > ETHERNET_MTU) {
      throw new IllegalArgumentException("clientPathMtu: " + bytes + " (expected: 1280 to 1500)");
    }
    clientPathMtu = bytes;
    return this;
  }

  /** Sets whether the balancer's kernel forwards packets of either family; not by default. */
  public LabBuilder ipForward(boolean forward) {
    ipForward = forward;
    return this;
  }

  /** Sets whether there is a second client, on the segment itself; none by default. */
  public LabBuilder localClient(boolean present) {
    localClient = present;
    return this;
  }

  /** Sets what the switch does about multicast; {@code WITHOUT_QUERIER} by default. */
  public LabBuilder multicastSnooping(MulticastSnooping behaviour) {
    snooping = requireNonNull(behaviour, "behaviour");
    return this;
  }

  /**
   * Builds the lab, and returns once every host reaches the router.
   *
   * @throws IOException if namespaces are not permitted, {@code ip} or {@code nsenter} is missing,
   *     or the hosts do not reach one another within ten seconds
   */
  public Lab build() throws IOException {
    var lab = new Lab(servers);
    boolean success = false;
    try {
      new Wiring(lab, this).build();
      success = true;
      return lab;
    } finally {
      if (!success) {
        lab.close();
      }
    }
  }
}
