package io.dsr.linux.suppression;

import static java.util.Objects.requireNonNull;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.LinuxException;
import io.dsr.linux.nftables.VipTable;
import java.util.Set;

/**
 * Silences the host by an nftables table that this process owns. Needs CAP_NET_ADMIN in the network
 * namespace only, when opened and at every change, and Linux 5.12; works in an unprivileged user
 * namespace. {@code nft list ruleset} shows it.
 */
public final class NftablesSuppressor implements HostSuppressor {

  private final VipTable table;
  private final String name;
  private final GuardedSet guarded = new GuardedSet(VipTable.MAX_BATCH);
  private boolean closed;

  private NftablesSuppressor(VipTable table, String name) {
    this.table = table;
    this.name = name;
  }

  /**
   * Guards an interface of the calling thread's network namespace, with no addresses yet.
   *
   * @throws LinuxException with ENODEV if there is no such interface, EPERM without CAP_NET_ADMIN,
   *     EOPNOTSUPP if the kernel is too old
   */
  public static NftablesSuppressor open(String interfaceName) throws LinuxException {
    requireNonNull(interfaceName, "interfaceName");
    VipTable table = VipTable.open(interfaceName, GuardedInterface.index(interfaceName));
    return new NftablesSuppressor(
        table, "nftables table netdev " + table.name() + " on " + interfaceName);
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
    guarded.replace(vips, table::add, table::remove);
  }

  @Override
  public synchronized void close() {
    closed = true;
    table.close();
  }
}
