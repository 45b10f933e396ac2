package io.dsr.netty.handler;

import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import io.dsr.core.Ticker;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When each VIP is announced: three times, a second apart, when it comes or on demand; every minute
 * to find out who else has it; and when somebody else has claimed it, at most every ten seconds, as
 * RFC 5227 section 2.4 lets an owner defend its address. Of a network too large to announce, only a
 * claimed address is announced, one in ten seconds. Event loop only.
 */
final class VipClaims {

  private static final int ANNOUNCEMENTS = 3;
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);
  private static final long REFRESH = TimeUnit.SECONDS.toNanos(60);
  private static final long DEFENCE = TimeUnit.SECONDS.toNanos(10);

  /** How many announcements one tick sends: four ticks a second are far from a link's rate. */
  private static final int MOST_AT_ONCE = 512;

  private static final class Claim {
    private int announcements = ANNOUNCEMENTS;
    private long due;
    private long contested;
    private boolean everContested;

    Claim(long now) {
      this.due = now;
    }
  }

  private final Ticker ticker;
  private final NeighbourListener listener;
  private final Map<InetAddress, Claim> claims = new HashMap<>();
  private final Map<IpPrefix, Claim> networks = new HashMap<>();
  private final List<InetAddress> defended = new ArrayList<>();
  private VipSet vips = VipSet.EMPTY;

  /** No claim is due before. */
  private long nextDue;

  VipClaims(Ticker ticker, NeighbourListener listener) {
    this.ticker = ticker;
    this.listener = listener;
  }

  /** Gives all VIPs; those that are new are announced. */
  void vips(VipSet vips) {
    this.vips = vips;
    Set<InetAddress> addresses = vips.announced();
    claims.keySet().retainAll(addresses);
    networks.keySet().retainAll(vips.prefixes());
    addresses.forEach(vip -> claims.computeIfAbsent(vip, v -> new Claim(ticker.nanos())));
    nextDue = ticker.nanos();
  }

  /** Has every VIP announced three times, beginning now. */
  void announce() {
    claims.replaceAll((vip, claim) -> new Claim(ticker.nanos()));
    nextDue = ticker.nanos();
  }

  /** Returns the VIPs to announce now, not all if they are many; the next call returns others. */
  List<InetAddress> due() {
    long now = ticker.nanos();
    if (defended.isEmpty() && nextDue - now > 0) {
      return List.of();
    }
    List<InetAddress> due = new ArrayList<>(defended);
    defended.clear();
    nextDue = now + REFRESH;
    claims.forEach((vip, claim) -> {
      if (claim.due - now <= 0 && due.size() < MOST_AT_ONCE) {
        due.add(vip);
        claim.announcements--;
        claim.due = now + (claim.announcements > 0 ? INTERVAL : REFRESH);
      }
      nextDue = claim.due - nextDue < 0 ? claim.due : nextDue;
    });
    return due;
  }

  /** Returns for how long nothing need be announced, nanoseconds; not positive if it is time. */
  long quietNanos() {
    return defended.isEmpty() ? nextDue - ticker.nanos() : 0;
  }

  /** Handles a claim of another host to a VIP: announces the VIP again, and calls the listener. */
  void claimed(InetAddress vip, long mac) {
    Claim claim = claims.get(vip);
    boolean announced = claim != null;
    if (!announced) {
      claim = claimOfNetwork(vip);
    }
    long now = ticker.nanos();
    if (claim == null || (claim.everContested && now - claim.contested < DEFENCE)) {
      return;
    }
    claim.everContested = true;
    claim.contested = now;
    claim.due = now;
    nextDue = now;
    if (!announced) {
      defended.add(vip);
    }
    listener.conflict(vip, new MacAddress(mac));
  }

  private @Nullable Claim claimOfNetwork(InetAddress vip) {
    IpPrefix network = vips.networkOf(vip).orElse(null);
    return network == null
        ? null
        : networks.computeIfAbsent(network, _ -> new Claim(ticker.nanos()));
  }
}
