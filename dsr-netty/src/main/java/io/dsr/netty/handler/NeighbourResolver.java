package io.dsr.netty.handler;

import io.dsr.core.MacAddress;
import io.dsr.core.membership.Slots;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows the MAC address of each real server, and keeps knowing it.
 *
 * <p>A new server is asked for until it answers. One that has not been heard of for a while is
 * asked again before anything expires, first at its own address, then everybody is asked; only when
 * all that stays unanswered is it unreachable, and its last address is kept for its live flows.
 * Whatever shows a server at another address moves it at once. The kernel's neighbour table plays
 * no part.
 *
 * <p>Event loop only.
 */
public final class NeighbourResolver {

  private static final int EAGER_PROBES = 4;

  private final Slots slots;
  private final NeighbourListener listener;
  private final long retryNanos;
  private final long refreshNanos;
  private final int probes;
  private final Map<InetAddress, Neighbour> neighbours = new HashMap<>();

  private @Nullable NeighbourProber ipv4;
  private @Nullable NeighbourProber ipv6;

  /** Creates a resolver of no servers. */
  @SuppressWarnings("exports") // made by our own module alone
  public NeighbourResolver(Slots slots, NeighbourTimings timings, NeighbourListener listener) {
    this.slots = slots;
    this.listener = listener;
    this.retryNanos = timings.retry().toNanos();
    this.refreshNanos = timings.refresh().toNanos();
    this.probes = timings.probes();
  }

  void probers(@Nullable NeighbourProber ipv4, @Nullable NeighbourProber ipv6) {
    this.ipv4 = ipv4 == null ? this.ipv4 : ipv4;
    this.ipv6 = ipv6 == null ? this.ipv6 : ipv6;
  }

  /**
   * Gives all servers to resolve and the slots that each one has; others are forgotten. A slot that
   * is new has its server's MAC address when this returns, if that is known.
   */
  public void servers(Map<InetAddress, int[]> servers, long nowNanos) {
    neighbours.keySet().retainAll(servers.keySet());
    servers.forEach((address, held) ->
        neighbours.computeIfAbsent(address, a -> new Neighbour(a, nowNanos)).slots(held));
    tick(nowNanos);
  }

  /** Asks whom it is time to ask. */
  public void tick(long nowNanos) {
    for (Neighbour neighbour : neighbours.values()) {
      if (neighbour.due - nowNanos <= 0) {
        neighbour.probe(nowNanos);
      }
    }
  }

  /** Takes note that {@code address} was seen at {@code mac}; of strangers nothing is noted. */
  void seen(InetAddress address, long mac, long nowNanos) {
    Neighbour neighbour = neighbours.get(address);
    boolean group = (mac >> 40 & 1) != 0;
    if (neighbour != null && mac != 0 && !group) {
      neighbour.seen(mac, nowNanos);
    }
  }

  /** Returns how long after a server was last heard of it counts as unreachable, at most. */
  public Duration patience() {
    return Duration.ofNanos(refreshNanos + probes * retryNanos);
  }

  private final class Neighbour {

    private final InetAddress address;
    private int[] held = {};
    private long mac = Slots.UNRESOLVED;
    private long due;
    private int unanswered;
    private boolean reachable;
    private boolean reported;

    Neighbour(InetAddress address, long nowNanos) {
      this.address = address;
      this.due = nowNanos;
    }

    void slots(int[] now) {
      held = now;
      publish();
    }

    void probe(long nowNanos) {
      if (unanswered >= probes) {
        silent();
      }
      NeighbourProber prober = address.getAddress().length == 4 ? ipv4 : ipv6;
      if (prober != null) {
        boolean unicast = reachable && unanswered < probes / 2;
        prober.probe(address, unicast ? mac : NeighbourProber.EVERYBODY);
      }
      boolean eager = mac == Slots.UNRESOLVED && unanswered < EAGER_PROBES;
      due = nowNanos + (eager ? retryNanos / 4 : retryNanos);
      unanswered++;
    }

    void seen(long now, long nowNanos) {
      long before = mac;
      boolean back = !reachable;
      mac = now;
      unanswered = 0;
      reachable = true;
      reported = false;
      due = nowNanos + refreshNanos;
      if (before != now) {
        publish();
      }
      if (before != now && before != Slots.UNRESOLVED) {
        listener.moved(address, new MacAddress(before), new MacAddress(now));
      }
      if (back) {
        listener.resolved(address, new MacAddress(now));
      }
    }

    private void silent() {
      reachable = false;
      if (!reported) {
        reported = true;
        listener.unreachable(address);
      }
    }

    private void publish() {
      for (int slot : held) {
        slots.mac(slot, mac);
      }
    }
  }
}
