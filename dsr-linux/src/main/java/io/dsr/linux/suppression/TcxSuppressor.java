package io.dsr.linux.suppression;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.bpf.BpfLink;
import io.dsr.linux.bpf.BpfMap;
import io.dsr.linux.bpf.BpfProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;

/**
 * Silences the host by a BPF program on the interface's TCX ingress. Needs CAP_BPF and
 * CAP_NET_ADMIN in the initial user namespace and Linux 6.6; the cheaper mechanism of the two.
 * {@code bpftool net} shows it.
 */
public final class TcxSuppressor implements HostSuppressor {

  private static final byte[] PRESENT = {1, 0, 0, 0};

  /** Between a set and its replacement both are held, if not a single one stays. */
  private static final int MAP_ENTRIES = 2 * MAX_VIPS;

  private final BpfMap vips4;
  private final BpfMap vips6;
  private final BpfLink link;
  private final String name;
  private final GuardedSet guarded = new GuardedSet(1);
  private boolean closed;

  private TcxSuppressor(BpfMap vips4, BpfMap vips6, BpfLink link, String name) {
    this.vips4 = vips4;
    this.vips6 = vips6;
    this.link = link;
    this.name = name;
  }

  /**
   * Guards an Ethernet interface of the calling thread's network namespace, with no addresses yet.
   *
   * @throws LinuxException with ENODEV if there is no such interface, EPERM if bpf(2) is not
   *     allowed, EINVAL before Linux 6.6, EOPNOTSUPP if frames have no Ethernet header there
   */
  public static TcxSuppressor open(int interfaceIndex) throws LinuxException {
    String interfaceName = GuardedInterface.ethernetName(interfaceIndex);
    BpfMap vips4 = BpfMap.longestPrefix("dsr_vip4", 4, PRESENT.length, MAP_ENTRIES);
    try {
      BpfMap vips6 = BpfMap.longestPrefix("dsr_vip6", 16, PRESENT.length, MAP_ENTRIES);
      try {
        byte[] code = VipDropProgram.assemble(vips4, vips6);
        // The link keeps the program.
        try (BpfProgram program = BpfProgram.loadClassifier("dsr_silence", code)) {
          BpfLink link = BpfLink.tcxIngress(program, interfaceIndex);
          return new TcxSuppressor(
              vips4, vips6, link, "TCX program dsr_silence on " + interfaceName);
        }
      } catch (LinuxException failed) {
        vips6.close();
        throw failed;
      }
    } catch (LinuxException failed) {
      vips4.close();
      throw failed;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public synchronized void vips(Set<AddressPrefix> vips) throws LinuxException {
    if (closed) {
      throw new IllegalStateException(name + " is closed");
    }
    guarded.replace(vips, this::add, this::remove);
  }

  @Override
  public synchronized void close() {
    closed = true;
    link.close();
    vips6.close();
    vips4.close();
  }

  private void add(List<AddressPrefix> prefixes) throws LinuxException {
    for (AddressPrefix prefix : prefixes) {
      mapOf(prefix).put(key(prefix), PRESENT);
    }
  }

  private void remove(List<AddressPrefix> prefixes) throws LinuxException {
    for (AddressPrefix prefix : prefixes) {
      mapOf(prefix).remove(key(prefix));
    }
  }

  private BpfMap mapOf(AddressPrefix prefix) {
    return prefix.isIpv6() ? vips6 : vips4;
  }

  /** Returns a {@code struct bpf_lpm_trie_key}: the length in bits, then the address. */
  private static byte[] key(AddressPrefix prefix) {
    byte[] octets = prefix.octets();
    return ByteBuffer.allocate(Integer.BYTES + octets.length)
        .order(ByteOrder.nativeOrder())
        .putInt(prefix.length())
        .put(octets)
        .array();
  }
}
