package io.dsr.linux.nftables;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A table of family {@code netdev} that drops what one interface receives for a set of addresses.
 *
 * <p>It carries {@code NFT_TABLE_F_OWNER}: nobody else can change it, {@code nft flush ruleset}
 * passes it by, and the kernel deletes it when the socket is closed. Its name, {@code
 * dsr-PORT-INTERFACE}, is the socket's netlink port (the process id, for the first of a process)
 * and the interface's index, so that no two are alike in a network namespace. Not thread-safe.
 *
 * <p>Networks of one prefix length are a set of their own, looked up under a mask: sets that may
 * overlap each other, where nf_tables' own sets of intervals refuse what overlaps. Such a set and
 * its rules come with the first network of that length and stay until the table goes.
 */
public final class VipTable implements AutoCloseable {

  /** How many prefixes one call adds or removes at most: 56 kB, below any default send buffer. */
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

  /**
   * A set of prefixes of one family and length. Types are as nft names them when it lists the
   * table; the kernel looks at lengths alone.
   */
  private record Kind(boolean ipv6, int length) {

    private static final Kind IPV4_HOSTS = new Kind(false, 32);
    private static final Kind IPV6_HOSTS = new Kind(true, 128);

    private static Kind of(AddressPrefix prefix) {
      return new Kind(prefix.isIpv6(), prefix.length());
    }

    private String set() {
      String family = ipv6 ? "vip6" : "vip4";
      return length == size() * Byte.SIZE ? family : family + "_" + length;
    }

    private int type() {
      return ipv6 ? 8 : 7;
    }

    private int size() {
      return ipv6 ? 16 : 4;
    }
  }

  /** What can be done to the elements of a set. */
  enum Change {
    ADD("add", NEW_ELEMENT, CREATE),
    REMOVE("remove", DELETE_ELEMENT, 0);

    private final String verb;
    private final int operation;
    private final int flags;

    Change(String verb, int operation, int flags) {
      this.verb = verb;
      this.operation = operation;
      this.flags = flags;
    }
  }

  private final NetfilterSocket socket;
  private final String table;
  private final Set<Kind> kinds = new HashSet<>(List.of(Kind.IPV4_HOSTS, Kind.IPV6_HOSTS));

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
   * Adds prefixes, all or none; one that is there already stays.
   *
   * @param prefixes up to {@link #MAX_BATCH} of them
   */
  public void add(List<AddressPrefix> prefixes) throws LinuxException {
    Set<Kind> missing = new HashSet<>();
    prefixes.forEach(prefix -> missing.add(Kind.of(prefix)));
    missing.removeAll(kinds);
    NftablesBatch batch = new NftablesBatch();
    missing.forEach(kind -> addKind(batch, table, kind));
    elements(batch, Change.ADD, table, prefixes);
    batch.commit(socket);
    kinds.addAll(missing);
  }

  /**
   * Removes prefixes, all or none.
   *
   * @param prefixes up to {@link #MAX_BATCH} of them
   * @throws LinuxException with ENOENT if one was not there
   */
  public void remove(List<AddressPrefix> prefixes) throws LinuxException {
    NftablesBatch batch = new NftablesBatch();
    elements(batch, Change.REMOVE, table, prefixes);
    batch.commit(socket);
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
    batch.add(
        "hook chain into ingress of " + interfaceName,
        NEW_CHAIN,
        CREATE,
        to -> chain(to, table, interfaceName));
    addKind(batch, table, Kind.IPV4_HOSTS);
    addKind(batch, table, Kind.IPV6_HOSTS);
    return batch;
  }

  /** Adds a set and the rules that drop what is for it. */
  private static void addKind(NftablesBatch batch, String table, Kind kind) {
    batch.add("create set " + kind.set(), NEW_SET, CREATE, to -> set(to, table, kind));
    if (kind.ipv6) {
      rule(batch, table, "IPv6", to -> in(to.etherType(0x86dd).load(24, 16), kind));
      rule(batch, table, "neighbour solicitation", to -> in(solicitation(to).load(48, 16), kind));
    } else {
      rule(batch, table, "IPv4", to -> in(to.etherType(0x0800).load(16, 4), kind));
      rule(batch, table, "ARP", to -> in(arpRequest(to).load(24, 4), kind));
    }
  }

  private static Expressions arpRequest(Expressions to) {
    return to.etherType(0x0806).load(6, 2).equal((byte) 0, (byte) 1);
  }

  private static Expressions solicitation(Expressions to) {
    to.etherType(0x86dd).load(6, 1).equal((byte) 58);
    return to.load(40, 1).equal((byte) 135);
  }

  private static void in(Expressions loaded, Kind kind) {
    if (kind.length < kind.size() * Byte.SIZE) {
      loaded.and(AddressPrefix.mask(kind.size(), kind.length));
    }
    loaded.in(kind.set());
  }

  /** Adds to a batch what adds or removes prefixes. */
  static void elements(
      NftablesBatch batch, Change change, String table, List<AddressPrefix> prefixes) {
    Map<Kind, List<AddressPrefix>> byKind = new LinkedHashMap<>();
    for (AddressPrefix prefix : prefixes) {
      byKind.computeIfAbsent(Kind.of(prefix), _ -> new ArrayList<>()).add(prefix);
    }
    byKind.forEach((kind, ours) ->
        batch.add(
            change.verb + " " + ours.size() + " elements of " + kind.set(),
            change.operation,
            change.flags,
            to -> to.text(1, table).text(2, kind.set()).nested(3, () -> keys(to, ours))));
  }

  private static void keys(NetlinkWriter to, List<AddressPrefix> prefixes) {
    for (AddressPrefix prefix : prefixes) {
      to.nested(LIST_ELEMENT, () -> to.nested(1, () -> to.bytes(1, prefix.octets())));
    }
  }

  private static void set(NetlinkWriter to, String table, Kind kind) {
    to.text(1, table).text(2, kind.set()).number(3, 0).number(4, kind.type());
    to.number(5, kind.size()).number(10, setId(kind));
  }

  /** Returns a number of the set's own within a batch. */
  private static int setId(Kind kind) {
    return kind.type() << Byte.SIZE | kind.length;
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
