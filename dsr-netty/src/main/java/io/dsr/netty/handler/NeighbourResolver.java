package io.dsr.netty.handler;

import io.dsr.core.MacAddress;
import io.dsr.core.membership.Slots;
import java.net.InetAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Knows the MAC address of each real server, and keeps knowing it.
 *
 * <p>A new server is asked for until it answers. One that has not been heard of for a while is
 * asked again before anything expires, first at its own address, then everybody is asked; only when
 * all that stays unanswered is it unreachable, and its last address is kept for its live flows.
 * Whatever shows a server at another address, or on another link, moves it at once. The kernel's
 * neighbor table plays no part.
 *
 * <p>Event loop only.
 */
public final class NeighbourResolver {

  /**
   * When servers are asked.
   *
   * @param retry between two questions to a server that has not answered
   * @param refresh how long after a server was last heard of it is asked again
   * @param probes how many questions in a row may go unanswered
   */
  public record Timings(Duration retry, Duration refresh, int probes) {}

  private static final int EAGER_PROBES = 4;
  private static final int EVERY_LINK = -1;
  private static final int[] NOWHERE = {};

  private final Slots slots;
  private final NeighbourListener listener;
  private final long retryNanos;
  private final long refreshNanos;
  private final int probes;
  private final Map<InetAddress, Neighbour> neighbours = new HashMap<>();

  /** Empty but while two lists of slots are compared. */
  private final BitSet marked = new BitSet();

  /** Nobody is to be asked before. */
  private long nextDue;

  private final OnLink[] links = new OnLink[Slots.MAXIMUM_LINKS];

  /** Creates a resolver of no servers. */
  @SuppressWarnings("exports") // made by our own module alone
  public NeighbourResolver(Slots slots, Timings timings, NeighbourListener listener) {
    this.slots = slots;
    this.listener = listener;
    this.retryNanos = timings.retry().toNanos();
    this.refreshNanos = timings.refresh().toNanos();
    this.probes = timings.probes();
    for (int link = 0; link < links.length; link++) {
      links[link] = new OnLink(link);
    }
  }

  /** Returns what is asked and heard on one link, 0 to {@link Slots#MAXIMUM_LINKS}{@code - 1}. */
  public OnLink on(int link) {
    return links[link];
  }

  /** Gives all servers, whichever link each is on; see the other method. */
  public void servers(Map<InetAddress, int[]> servers, long nowNanos) {
    servers(servers, server -> EVERY_LINK, nowNanos);
  }

  /**
   * Gives all servers to resolve, the slots that each one has, and the links on which it may be,
   * one bit for each; other servers are forgotten. A slot that is new has its server's MAC address
   * when this returns, if that is known; one that nobody has any more has none.
   */
  public void servers(
      Map<InetAddress, int[]> servers, ToIntFunction<InetAddress> where, long nowNanos) {
    var leaving = new BitSet();
    neighbours
        .values()
        .removeIf(neighbour -> {
          boolean stays = servers.containsKey(neighbour.address);
          if (!stays) {
            neighbour.leave(NOWHERE, leaving);
          }
          return !stays;
        });
    change(servers, where, leaving, nowNanos);
  }

  /**
   * Gives the slots that some servers have now, and the links on which each may be; one without
   * slots is forgotten, and all others stay as they are. A slot that is new has its server's MAC
   * address when this returns, if that is known; one that nobody has any more has none.
   */
  public void change(
      Map<InetAddress, int[]> servers, ToIntFunction<InetAddress> where, long nowNanos) {
    change(servers, where, new BitSet(), nowNanos);
  }

  private void change(
      Map<InetAddress, int[]> servers,
      ToIntFunction<InetAddress> where,
      BitSet leaving,
      long nowNanos) {
    servers.forEach((address, held) -> {
      Neighbour known = neighbours.get(address);
      if (known != null) {
        known.leave(held, leaving);
      }
    });
    slots.nextHop(
        leaving.stream().toArray(), 0, Slots.UNRESOLVED); // before another server gets a slot
    servers.forEach((address, held) -> {
      if (held.length == 0) {
        neighbours.remove(address);
      } else {
        neighbours
            .computeIfAbsent(address, a -> new Neighbour(a, nowNanos))
            .held(held, where.applyAsInt(address));
      }
    });
    nextDue = nowNanos;
    tick(nowNanos);
  }

  /** Sends the requests that are due. */
  public void tick(long nowNanos) {
    if (nextDue - nowNanos > 0) {
      return;
    }
    nextDue = nowNanos + refreshNanos;
    for (Neighbour neighbour : neighbours.values()) {
      if (neighbour.due - nowNanos <= 0) {
        neighbour.probe(nowNanos);
      }
      nextDue = neighbour.due - nextDue < 0 ? neighbour.due : nextDue;
    }
  }

  /** Returns for how long nobody need be asked, nanoseconds; not positive if it is time. */
  public long quietNanos(long nowNanos) {
    return nextDue - nowNanos;
  }

  /** Returns how long after a server was last heard of it counts as unreachable, at most. */
  public Duration patience() {
    return Duration.ofNanos(refreshNanos + probes * retryNanos);
  }

  /** What is asked and heard on one link. Event loop only. */
  public final class OnLink {

    private final int number;
    private @Nullable NeighbourProber ipv4;
    private @Nullable NeighbourProber ipv6;

    private OnLink(int number) {
      this.number = number;
    }

    void probers(@Nullable NeighbourProber newIpv4, @Nullable NeighbourProber newIpv6) {
      ipv4 = newIpv4 == null ? ipv4 : newIpv4;
      ipv6 = newIpv6 == null ? ipv6 : newIpv6;
    }

    /** Takes note that {@code address} was seen at {@code mac}; of strangers nothing is noted. */
    void seen(InetAddress address, long mac, long nowNanos) {
      Neighbour neighbour = neighbours.get(address);
      boolean group = (mac >> 40 & 1) != 0;
      if (neighbour != null && mac != 0 && !group && neighbour.mayBeOn(number)) {
        neighbour.seen(mac, number, nowNanos);
      }
    }

    /** Takes note that the link is gone, and with it the servers on it. */
    public void gone(long nowNanos) {
      ipv4 = null;
      ipv6 = null;
      neighbours.values().forEach(neighbour -> neighbour.lost(number, nowNanos));
      nextDue = nowNanos;
    }

    /** Asks for the servers that may be on the link and are not known to be elsewhere. */
    public void back(long nowNanos) {
      neighbours.values().forEach(neighbour -> neighbour.ask(number, nowNanos));
      nextDue = nowNanos;
      tick(nowNanos);
    }

    private void probe(InetAddress server, long mac) {
      NeighbourProber prober = server.getAddress().length == 4 ? ipv4 : ipv6;
      if (prober != null) {
        prober.probe(server, mac);
      }
    }
  }

  private final class Neighbour {

    private final InetAddress address;
    private int[] held = {};
    private int where;
    private long mac = Slots.UNRESOLVED;
    private int link;
    private long due;
    private int unanswered;
    private boolean reachable;
    private boolean reported;

    Neighbour(InetAddress address, long nowNanos) {
      this.address = address;
      this.due = nowNanos;
    }

    /** Adds the slots that are not among these: no frame is to go to their address any more. */
    void leave(int[] staying, BitSet leaving) {
      for (int slot : staying) {
        marked.set(slot);
      }
      for (int slot : held) {
        if (!marked.get(slot)) {
          leaving.set(slot);
        }
      }
      for (int slot : staying) {
        marked.clear(slot);
      }
    }

    void held(int[] slotsNow, int linksNow) {
      held = slotsNow;
      where = linksNow;
      publish();
    }

    boolean mayBeOn(int number) {
      return (where >> number & 1) != 0;
    }

    void lost(int number, long nowNanos) {
      if (reachable && link == number) {
        silent();
        due = nowNanos;
      }
    }

    void ask(int number, long nowNanos) {
      if (!reachable && mayBeOn(number)) {
        unanswered = 0;
        due = nowNanos;
      }
    }

    void probe(long nowNanos) {
      if (unanswered >= probes) {
        silent();
      }
      if (reachable && unanswered < probes / 2) {
        links[link].probe(address, mac);
      } else {
        for (OnLink each : links) {
          if (mayBeOn(each.number)) {
            each.probe(address, NeighbourProber.EVERYBODY);
          }
        }
      }
      boolean eager = mac == Slots.UNRESOLVED && unanswered < EAGER_PROBES;
      due = nowNanos + (eager ? retryNanos / 4 : retryNanos);
      unanswered++;
    }

    void seen(long now, int on, long nowNanos) {
      long before = mac;
      boolean back = !reachable;
      boolean changed = before != now || link != on;
      mac = now;
      link = on;
      unanswered = 0;
      reachable = true;
      reported = false;
      due = nowNanos + refreshNanos;
      if (changed) {
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
      slots.nextHop(held, link, mac);
    }
  }
}
