package io.dsr.netty.handler;

import io.dsr.core.MacAddress;
import io.dsr.core.Ticker;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * When each VIP is announced: three times, a second apart, when it comes or on demand; every minute
 * to find out who else has it; and when somebody else has claimed it, at most every ten seconds, as
 * RFC 5227 section 2.4 lets an owner defend its address. Event loop only.
 */
final class VipClaims {

  private static final int ANNOUNCEMENTS = 3;
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(1);
  private static final long REFRESH = TimeUnit.SECONDS.toNanos(60);
  private static final long DEFENCE = TimeUnit.SECONDS.toNanos(10);

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

  VipClaims(Ticker ticker, NeighbourListener listener) {
    this.ticker = ticker;
    this.listener = listener;
  }

  /** Gives all VIPs; those that are new are announced. */
  void vips(VipSet vips) {
    Set<InetAddress> addresses = new HashSet<>(vips.addresses());
    claims.keySet().retainAll(addresses);
    addresses.forEach(vip -> claims.computeIfAbsent(vip, v -> new Claim(ticker.nanos())));
  }

  /** Has every VIP announced three times, beginning now. */
  void announce() {
    claims.replaceAll((vip, claim) -> new Claim(ticker.nanos()));
  }

  /** Returns the VIPs to announce now; the next call returns others. */
  List<InetAddress> due() {
    List<InetAddress> due = new ArrayList<>();
    long now = ticker.nanos();
    claims.forEach((vip, claim) -> {
      if (claim.due - now <= 0) {
        due.add(vip);
        claim.announcements--;
        claim.due = now + (claim.announcements > 0 ? INTERVAL : REFRESH);
      }
    });
    return due;
  }

  /** Takes note that somebody else claims a VIP: it is announced again, and the listener hears. */
  void claimed(InetAddress vip, long mac) {
    Claim claim = claims.get(vip);
    long now = ticker.nanos();
    if (claim == null || (claim.everContested && now - claim.contested < DEFENCE)) {
      return;
    }
    claim.everContested = true;
    claim.contested = now;
    claim.due = now;
    listener.conflict(vip, new MacAddress(mac));
  }
}
