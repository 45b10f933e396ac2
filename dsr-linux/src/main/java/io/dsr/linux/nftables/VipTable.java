package io.dsr.linux.nftables;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.util.List;
import java.util.function.Consumer;

/**
 * A table of family {@code netdev} that drops what one interface receives for a set of addresses.
 *
 * <p>It carries {@code NFT_TABLE_F_OWNER}: nobody else can change it, {@code nft flush ruleset}
 * passes it by, and the kernel deletes it when the socket is closed. Its name, {@code
 * dsr-PORT-INTERFACE}, is the socket's netlink port (the process id, for the first of a process)
 * and the interface's index, so that no two are alike in a network namespace. Not thread-safe.
 */
public final class VipTable implements AutoCloseable {

  /** How many addresses one call adds or removes at most: 56 kB, below any default send buffer. */
  public static final int MAX_BATCH = 2000;

  /**
   * Before whatever else hooks this interface: flow tables and filter chains sit at 0, by habit
   * within 300 of it, and one that forwards or duplicates frames must not get those for a VIP.
   */
  private static final int PRIORITY = -400;

  private static final int NEW_TABLE = 0;
  private static final int NEW_CHAIN = 3;
  private static final int NEW_RULE = 6;
  private static final int NEW_SET = 9;
  private static final int NEW_ELEMENT = 12;
  private static final int DELETE_ELEMENT = 14;

  private static final int EXCLUSIVE = 0x200;
  private static final int CREATE = 0x400;
  private static final int APPEND = 0x800;

  private static final int TABLE_OWNER = 2;
  private static final int HOOK_INGRESS = 0;
  private static final int POLICY_ACCEPT = 1;
  private static final int LIST_ELEMENT = 1;

  private static final String CHAIN = "ingress";

  /** The types as nft names them when it lists the table; the kernel looks at lengths alone. */
  private enum Addresses {
    IPV4("vip4", 7, 4),
    IPV6("vip6", 8, 16);

    private final String set;
    private final int type;
    private final int length;

    Addresses(String set, int type, int length) {
      this.set = set;
      this.type = type;
      this.length = length;
    }

    private static Addresses of(byte[] address) {
      return address.length == IPV4.length ? IPV4 : IPV6;
    }
  }

  private final NetfilterSocket socket;
  private final String table;

  private VipTable(NetfilterSocket socket, String table) {
    this.socket = socket;
    this.table = table;
  }

  /**
   * Creates the table, with no addresses yet, in the calling thread's network namespace.
   *
   * @throws LinuxException with EPERM without CAP_NET_ADMIN there, EOPNOTSUPP before Linux 5.12 or
   *     without nf_tables
   */
  public static VipTable open(String interfaceName, int interfaceIndex) throws LinuxException {
    NetfilterSocket socket = NetfilterSocket.open();
    try {
      String table = "dsr-" + Integer.toUnsignedString(socket.port()) + "-" + interfaceIndex;
      creation(table, interfaceName).commit(socket);
      return new VipTable(socket, table);
    } catch (LinuxException failed) {
      socket.close();
      throw explained(failed);
    }
  }

  /** Returns the table's name. */
  public String name() {
    return table;
  }

  /**
   * Adds addresses, all or none; one that is there already stays.
   *
   * @param addresses up to {@link #MAX_BATCH} of them, each of 4 or 16 bytes
   */
  public void add(List<byte[]> addresses) throws LinuxException {
    elements("add", NEW_ELEMENT, CREATE, table, addresses).commit(socket);
  }

  /**
   * Removes addresses, all or none.
   *
   * @param addresses up to {@link #MAX_BATCH} of them, each of 4 or 16 bytes
   * @throws LinuxException with ENOENT if one was not there
   */
  public void remove(List<byte[]> addresses) throws LinuxException {
    elements("remove", DELETE_ELEMENT, 0, table, addresses).commit(socket);
  }

  /** Deletes the table; again does nothing. */
  @Override
  public void close() {
    socket.close();
  }

  /** Returns the batch that makes a table. */
  static NftablesBatch creation(String table, String interfaceName) {
    NftablesBatch batch = new NftablesBatch();
    batch.add(
        "create table " + table,
        NEW_TABLE,
        CREATE | EXCLUSIVE,
        to -> to.text(1, table).number(2, TABLE_OWNER));
    for (Addresses kind : Addresses.values()) {
      batch.add("create set " + kind.set, NEW_SET, CREATE, to -> set(to, table, kind));
    }
    batch.add(
        "hook chain into ingress of " + interfaceName,
        NEW_CHAIN,
        CREATE,
        to -> chain(to, table, interfaceName));
    rule(batch, table, "IPv4", to -> to.etherType(0x0800).load(16, 4).in(Addresses.IPV4.set));
    rule(batch, table, "IPv6", to -> to.etherType(0x86dd).load(24, 16).in(Addresses.IPV6.set));
    rule(batch, table, "ARP", VipTable::arpRequest);
    rule(batch, table, "neighbour solicitation", VipTable::neighbourSolicitation);
    return batch;
  }

  private static void arpRequest(Expressions to) {
    to.etherType(0x0806).load(6, 2).equal((byte) 0, (byte) 1).load(24, 4).in(Addresses.IPV4.set);
  }

  private static void neighbourSolicitation(Expressions to) {
    to.etherType(0x86dd).load(6, 1).equal((byte) 58).load(40, 1).equal((byte) 135);
    to.load(48, 16).in(Addresses.IPV6.set);
  }

  /** Returns the batch that adds or removes addresses. */
  static NftablesBatch elements(
      String verb, int operation, int flags, String table, List<byte[]> addresses) {
    NftablesBatch batch = new NftablesBatch();
    for (Addresses kind : Addresses.values()) {
      List<byte[]> ours = addresses.stream().filter(a -> Addresses.of(a) == kind).toList();
      if (!ours.isEmpty()) {
        batch.add(
            verb + " " + ours.size() + " elements of " + kind.set,
            operation,
            flags,
            to -> to.text(1, table).text(2, kind.set).nested(3, () -> keys(to, ours)));
      }
    }
    return batch;
  }

  private static void keys(NetlinkWriter to, List<byte[]> addresses) {
    for (byte[] address : addresses) {
      to.nested(LIST_ELEMENT, () -> to.nested(1, () -> to.bytes(1, address)));
    }
  }

  private static void set(NetlinkWriter to, String table, Addresses kind) {
    to.text(1, table).text(2, kind.set).number(3, 0).number(4, kind.type).number(5, kind.length);
    to.number(10, kind.type);
  }

  private static void chain(NetlinkWriter to, String table, String interfaceName) {
    to.text(1, table).text(3, CHAIN);
    to.nested(4, () -> to.number(1, HOOK_INGRESS).number(2, PRIORITY).text(3, interfaceName));
    to.number(5, POLICY_ACCEPT).text(7, "filter");
  }

  private static void rule(
      NftablesBatch batch, String table, String what, Consumer<Expressions> condition) {
    batch.add(
        "add rule for " + what,
        NEW_RULE,
        CREATE | APPEND,
        to ->
            to.text(1, table)
                .text(2, CHAIN)
                .nested(
                    4,
                    () -> {
                      Expressions expressions = new Expressions(to);
                      condition.accept(expressions);
                      expressions.drop();
                    }));
  }

  private static LinuxException explained(LinuxException failed) {
    return switch (failed.errno()) {
      case Errno.EPERM ->
          new LinuxException(
              "nftables table (needs CAP_NET_ADMIN in the network namespace)", Errno.EPERM);
      case Errno.EOPNOTSUPP ->
          new LinuxException(
              "nftables table with an owner (needs Linux 5.12 with nf_tables): "
                  + failed.getMessage(),
              Errno.EOPNOTSUPP);
      default -> failed;
    };
  }
}
