package io.dsr.core.membership;

import io.dsr.core.RealServer;
import java.util.List;

/**
 * Which servers of a service are asked: tiers are opened, the lowest first, until enough servers
 * can take flows.
 *
 * <p>The idea is nftlb's priority of a farm, which rises by one for each backend that fails; here
 * it rises by what is missing, whatever the numbers of the tiers are. The last tier is what
 * keepalived calls a sorry server: it is opened when no other server at all can take a flow.
 */
final class Tiers {

  private Tiers() {}

  /** Returns the members with their tiers open or not. */
  static List<Member> of(List<Member> members, int minimumServers) {
    int open = highestOpen(members, minimumServers);
    return members.stream()
        .map(member -> {
          boolean opens = member.server().tier() <= open;
          return member.tierOpen() == opens ? member : member.tierOpen(opens);
        })
        .toList();
  }

  private static int highestOpen(List<Member> members, int minimumServers) {
    int[] tiers =
        members.stream()
            .filter(member -> !member.isRemoved())
            .mapToInt(member -> member.server().tier())
            .filter(tier -> tier != RealServer.SORRY_TIER)
            .distinct()
            .sorted()
            .toArray();
    int highest = 0;
    int able = 0;
    for (int tier : tiers) {
      if (able >= minimumServers) {
        return highest;
      }
      highest = tier;
      able += able(members, tier);
    }
    return able == 0 ? RealServer.SORRY_TIER : highest;
  }

  private static int able(List<Member> members, int tier) {
    return (int)
        members.stream()
            .filter(member -> member.server().tier() == tier && member.isAble())
            .count();
  }
}
