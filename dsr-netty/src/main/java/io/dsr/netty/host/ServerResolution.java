package io.dsr.netty.host;

import io.dsr.core.Ticker;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.handler.NeighbourResolver;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells the resolver of the first event loop which servers to look for, and where. */
final class ServerResolution {

  private static final int ANYWHERE = -1;
  private static final int[] NOWHERE = {};

  private final NeighbourResolver resolver;
  private final Ticker ticker;

  /** The slots of each server, whichever services it is of. Control thread. */
  private final Map<InetAddress, BitSet> slots = new HashMap<>();

  ServerResolution(NeighbourResolver resolver, Ticker ticker) {
    this.resolver = resolver;
    this.ticker = ticker;
  }

  /** Returns what is asked and heard on one interface. */
  NeighbourResolver.OnLink on(int number) {
    return resolver.on(number);
  }

  /**
   * Sends the requests that are due, and returns the time until the next one, nanoseconds. First
   * event loop.
   */
  long tick() {
    long now = ticker.nanos();
    resolver.tick(now);
    return resolver.quietNanos(now);
  }

  /**
   * Starts resolving added servers, and stops resolving removed ones. A slot that comes has its
   * server's address, if that is known, when this returns. Control thread.
   */
  void follow(ServiceDiff change, List<NetworkLink> links, Shard first) throws Exception {
    Set<InetAddress> touched = new HashSet<>();
    for (Member member : change.released()) {
      release(member);
      touched.add(member.address());
    }
    for (Member member : change.fresh()) {
      hold(member);
      touched.add(member.address());
    }
    first.run(told(touched, links, /* all= */ false));
  }

  /** Looks for the servers of a membership and for no others, each where its subnet is now. */
  void find(Membership membership, List<NetworkLink> links, Shard first) throws Exception {
    first.run(found(membership, links));
  }

  /** Does what {@link #find} does, but does not wait for the event loop. Control thread. */
  void findLater(Membership membership, List<NetworkLink> links, Shard first) {
    first.order(found(membership, links));
  }

  /** Returns the servers that are looked for. Control thread. */
  Set<InetAddress> servers() {
    return Set.copyOf(slots.keySet());
  }

  private Runnable found(Membership membership, List<NetworkLink> links) {
    slots.clear();
    for (ServiceMembers service : membership.services()) {
      service.members().forEach(this::hold);
    }
    return told(servers(), links, /* all= */ true);
  }

  private void hold(Member member) {
    slots.computeIfAbsent(member.address(), _ -> new BitSet()).set(member.slot());
  }

  private void release(Member member) {
    BitSet held = slots.get(member.address());
    if (held != null) {
      held.clear(member.slot());
      if (held.isEmpty()) {
        slots.remove(member.address());
      }
    }
  }

  /** Returns what tells the resolver, on the first event loop, of the slots of some servers. */
  private Runnable told(Set<InetAddress> servers, List<NetworkLink> links, boolean all) {
    var reach = new InterfaceChecks.Reach(links);
    Map<InetAddress, int[]> held = new HashMap<>();
    Map<InetAddress, Integer> where = new HashMap<>();
    for (InetAddress server : servers) {
      BitSet theirs = slots.get(server);
      held.put(server, theirs == null ? NOWHERE : theirs.stream().toArray());
      int found = reach.linksOf(server);
      where.put(server, found == 0 ? ANYWHERE : found);
    }
    return () -> {
      long now = ticker.nanos();
      if (all) {
        resolver.servers(held, server -> where.getOrDefault(server, 0), now);
      } else {
        resolver.change(held, server -> where.getOrDefault(server, 0), now);
      }
    };
  }
}
