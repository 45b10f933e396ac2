package io.dsr.core.membership;

import io.dsr.core.RealServer;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides which tiers of a service take flows. The lowest that the service has is always open;
 * higher ones open, each as a whole and in order, until enough servers can take flows. The sorry
 * tier opens only if no server of any other tier can, however few are wanted.
 *
 * <p>After the farm priority of nftlb, where a backend is active if its priority is not above that
 * of the farm, and {@code sorry_server} of keepalived. Other than in nftlb, where each failure
 * raises the farm's priority by itself, the servers that are able are counted against a minimum, so
 * one failure among many opens nothing. Other than in keepalived, where a lost quorum puts the
 * sorry server in the place of servers that are still alive, no open server is ever shut out by a
 * failure of another. A tier that closes again keeps its live flows, as a server of weight 0 does.
 */
final class Tiers {

  private Tiers() {}

  /** Returns the members, in order, with their tiers open or not. */
  static List<Member> open(List<Member> members, int minimumServers) {
    var ableByTier = new TreeMap<Integer, Integer>();
    for (Member member : members) {
      if (!member.isRemoved()) {
        ableByTier.merge(member.server().tier(), member.isAble() ? 1 : 0, Integer::sum);
      }
    }
    int highest = highest(ableByTier, minimumServers);
    return members.stream()
        .map(m -> m.with(m.condition().tierOpen(m.server().tier() <= highest)))
        .toList();
  }

  private static int highest(SortedMap<Integer, Integer> ableByTier, int minimumServers) {
    int highest = -1;
    int able = 0;
    for (var tier : ableByTier.entrySet()) {
      int wanted = tier.getKey() == RealServer.SORRY_TIER ? 1 : minimumServers;
      if (able >= wanted) {
        break;
      }
      highest = tier.getKey();
      able += tier.getValue();
    }
    return highest;
  }
}
