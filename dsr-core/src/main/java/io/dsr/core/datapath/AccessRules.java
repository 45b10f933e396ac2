package io.dsr.core.datapath;

import io.dsr.core.AccessList;
import io.dsr.core.IpPrefix;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An {@link AccessList} made ready for event loops: one longest-prefix match for each new flow,
 * which is all that a kernel fast path needs too.
 */
public final class AccessRules {

  /** The value of prefixes whose clients are served. */
  static final int ALLOWED = 1;

  private static final int DENIED = 0;
  private static final IpPrefix ALL_IPV4 = new IpPrefix(InetAddress.ofLiteral("0.0.0.0"), 0);
  private static final IpPrefix ALL_IPV6 = new IpPrefix(Inet6Address.ofLiteral("::"), 0);

  private AccessRules() {}

  /** Returns the map from prefixes to {@link #ALLOWED} or not, or null if everybody is served. */
  public static @Nullable PrefixMap of(AccessList list) {
    if (list.isOpen()) {
      return null;
    }
    Map<IpPrefix, Integer> entries = new HashMap<>();
    int others = list.allowed().isEmpty() ? ALLOWED : DENIED;
    entries.put(ALL_IPV4, others);
    entries.put(ALL_IPV6, others);
    list.allowed().forEach(prefix -> entries.put(prefix, ALLOWED));
    list.denied().forEach(prefix -> entries.put(prefix, DENIED));
    return new PrefixMap(entries);
  }
}
