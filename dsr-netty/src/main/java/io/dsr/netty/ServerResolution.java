package io.dsr.netty;

import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Slots;
import io.dsr.linux.link.NetworkLink;
import io.dsr.netty.DsrBalancerBuilder.Settings;
import io.dsr.netty.handler.NeighbourListener;
import io.dsr.netty.handler.NeighbourResolver;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Tells the resolver of the first event loop which servers to look for, and where. */
final class ServerResolution {

  private final Settings settings;
  private final NeighbourResolver resolver;

  ServerResolution(Settings settings, Slots slots, NeighbourListener listener) {
    this.settings = settings;
    NeighbourTimings timings = settings.neighbourTimings();
    this.resolver =
        new NeighbourResolver(
            slots, timings.retry(), timings.refresh(), timings.probes(), listener);
  }

  /** Returns what is asked and heard on one interface. */
  NeighbourResolver.OnLink on(int number) {
    return resolver.on(number);
  }

  /**
   * Asks whom it is time to ask, and returns for how long there will be nobody, nanoseconds. First
   * event loop.
   */
  long tick() {
    long now = settings.ticker().nanos();
    resolver.tick(now);
    return resolver.quietNanos(now);
  }

  /** Looks for the servers of {@code membership}, each where its subnet is. Control thread. */
  void find(Membership membership, List<NetworkLink> links, Shard first) throws Exception {
    Map<InetAddress, int[]> slots = slotsByAddress(membership);
    Map<InetAddress, Integer> where = new HashMap<>();
    for (InetAddress server : slots.keySet()) {
      where.put(server, InterfaceChecks.linksOf(server, links));
    }
    first.run(() ->
        resolver.servers(
            slots, server -> where.getOrDefault(server, 0), settings.ticker().nanos()));
  }

  /** Returns the slots that have got new servers from one membership to the next. */
  static List<Integer> freshSlots(Membership before, Membership after) {
    Set<Integer> known = new HashSet<>();
    members(before).forEach(member -> known.add(holder(member)));
    return members(after)
        .filter(member -> !known.contains(holder(member)))
        .map(Member::slot)
        .toList();
  }

  private static Stream<Member> members(Membership membership) {
    return membership.services().stream().flatMap(service -> service.members().stream());
  }

  private static int holder(Member member) {
    return (member.slot() << 16) | member.generation();
  }

  private static Map<InetAddress, int[]> slotsByAddress(Membership membership) {
    Map<InetAddress, int[]> slots = new HashMap<>();
    members(membership)
        .forEach(member ->
            slots.merge(
                member.address(),
                new int[] {member.slot()},
                (held, more) ->
                    IntStream.concat(IntStream.of(held), IntStream.of(more)).toArray()));
    return slots;
  }
}
