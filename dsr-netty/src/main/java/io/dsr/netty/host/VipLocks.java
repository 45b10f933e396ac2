package io.dsr.netty.host;

import io.dsr.core.IpPrefix;
import io.dsr.linux.Capabilities;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.Users;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.namespace.ClaimedName;
import io.dsr.linux.namespace.ClaimedName.Holder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps two balancers from owning one VIP on one interface, in one process or in several: both
 * would forward each frame. One that stands by owns no VIP, and may run beside the owner.
 *
 * <p>Each owned VIP is a name that the kernel keeps for the process in its network namespace;
 * {@code dsr/2/1234.9f86d081884c7d65/192.0.2.10} is a VIP on the interface of index 2, of process
 * 1234. What follows the process is random: nobody can guess it, and processes of one number in
 * several PID namespaces tell their names apart. Names are claimed first and compared with all
 * others then: of two that come at once, one at least sees the other. Networks of VIPs that overlap
 * are one VIP in this.
 *
 * <p>Anybody can claim a name. One of a process that cannot be a balancer is told and ignored: of
 * one without CAP_NET_RAW, or with users of its own; where /proc does not show it, of another user
 * than root and ours; and of one that lets nobody ask for seconds, as no balancer does. Control
 * thread, but for {@link #dismiss}.
 */
final class VipLocks implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(VipLocks.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  /** How often another name is tried, where somebody has the first. */
  private static final int ATTEMPTS = 3;

  private static final int ROOT = 0;

  /** How long we ask in all: a balancer dismisses those who ask once a second. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long PAUSE_MILLISECONDS = 20;

  /** Somebody who cannot be asked. */
  private static final Holder SILENT = new Holder(-1, -1);

  private final NetworkLink link;
  private final String prefix;
  private final Map<IpPrefix, ClaimedName> held = new ConcurrentHashMap<>();
  private final Set<String> strangers = new HashSet<>();

  /** Creates locks of no VIP on an interface. */
  VipLocks(NetworkLink link) {
    this.link = link;
    this.prefix = "dsr/" + link.index() + "/";
  }

  /**
   * Takes the locks of VIPs that it does not have.
   *
   * @throws IOException if another balancer owns one of them; no lock is taken then
   */
  void take(Set<IpPrefix> vips) throws IOException {
    Set<IpPrefix> before = Set.copyOf(held.keySet());
    Set<IpPrefix> fresh = new HashSet<>(vips);
    fresh.removeAll(before);
    if (fresh.isEmpty()) {
      return;
    }
    boolean success = false;
    try {
      for (IpPrefix vip : fresh) {
        held.put(vip, claim(vip));
      }
      Set<String> own = held.values().stream().map(ClaimedName::name).collect(Collectors.toSet());
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      for (String name : ClaimedName.names(prefix)) {
        IpPrefix theirs = own.contains(name) ? null : vip(name);
        if (theirs != null) {
          check(fresh, theirs, name, deadline);
        }
      }
      success = true;
    } finally {
      if (!success) {
        keep(before);
      }
    }
  }

  private ClaimedName claim(IpPrefix vip) throws LinuxException {
    for (int attempt = 1; ; attempt++) {
      String random = HexFormat.of().toHexDigits(RANDOM.nextLong());
      try {
        return ClaimedName.claim(prefix + ProcessHandle.current().pid() + "." + random + "/" + vip);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EADDRINUSE || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Lets go of others who have asked who owns our VIPs; to be called once a second. Any thread. */
  void dismiss() {
    held.values().forEach(ClaimedName::dismiss);
  }

  /** Gives up the locks of all other VIPs. */
  void keep(Set<IpPrefix> vips) {
    held.forEach((vip, name) -> {
      if (!vips.contains(vip)) {
        name.close();
      }
    });
    held.keySet().retainAll(vips);
  }

  /** Returns the VIP in a name, or null if the name is not one of ours. */
  private static @Nullable IpPrefix vip(String name) {
    String[] parts = name.split("/", 4);
    try {
      return parts.length < 4 ? null : IpPrefix.parse(parts[3]);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void check(Set<IpPrefix> fresh, IpPrefix theirs, String name, long deadline)
      throws IOException {
    for (IpPrefix vip : fresh) {
      if (vip.overlaps(theirs)) {
        Optional<Holder> holder = holder(name, deadline);
        if (holder.isPresent() && isBalancer(holder.get())) {
          throw new IOException(conflict(vip, theirs, who(holder.get(), name)));
        }
        if (holder.isPresent() && strangers.add(name)) {
          LOG.warn(
              "{}: {} says that it owns VIP {} there and is ignored (expected: a balancer, with"
                  + " CAP_NET_RAW, of our user namespace)",
              link.name(),
              stranger(holder.get()),
              theirs);
        }
        return;
      }
    }
  }

  /** Returns who holds a name, {@link #SILENT} if that cannot be found out, or empty for nobody. */
  private static Optional<Holder> holder(String name, long deadline) throws IOException {
    while (true) {
      try {
        return ClaimedName.holder(name);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
        if (System.nanoTime() - deadline > 0) {
          return Optional.of(SILENT);
        }
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the holder of @" + name + " was asked");
      }
    }
  }

  /** Returns whether a process may be a balancer: it has what one needs, or cannot be seen. */
  private static boolean isBalancer(Holder holder) throws IOException {
    if (holder.equals(SILENT)) {
      return false;
    }
    if (holder.pid() != 0) {
      try {
        return Users.areShared(holder.pid()) && Capabilities.ofProcess(holder.pid()).hasNetRaw();
      } catch (IOException e) {
        LOG.debug("process {} cannot be seen; its user counts", holder.pid(), e);
      }
    }
    return holder.uid() == ROOT || holder.uid() == Users.effective();
  }

  private static String stranger(Holder holder) {
    if (holder.equals(SILENT)) {
      return "a process that lets nobody ask who it is";
    }
    String process = holder.pid() == 0 ? "a process out of sight" : process(holder.pid());
    return process + " of user " + Integer.toUnsignedString(holder.uid());
  }

  private String conflict(IpPrefix vip, IpPrefix theirs, String who) {
    return "VIP "
        + vip
        + " on "
        + link.name()
        + " is owned by "
        + who
        + (theirs.equals(vip) ? "" : ", as part of " + theirs)
        + " (expected: one balancer for a VIP on an interface; cure: end the other one, or let one"
        + " of them stand by)";
  }

  private static String who(Holder holder, String name) {
    if (holder.pid() == 0) {
      String claimed = name.split("/", 4)[2];
      return "another balancer, out of sight, which calls itself process "
          + claimed.substring(0, Math.max(0, claimed.indexOf('.')));
    }
    if (holder.pid() == ProcessHandle.current().pid()) {
      return "another balancer of this process, " + holder.pid();
    }
    return process(holder.pid());
  }

  private static String process(int pid) {
    return "process " + pid + command(pid);
  }

  private static String command(int pid) {
    try {
      return " (" + Files.readString(Path.of("/proc", String.valueOf(pid), "comm")).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    keep(Set.of());
  }
}
