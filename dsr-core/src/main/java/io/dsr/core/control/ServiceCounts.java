package io.dsr.core.control;

import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.MacAddress;
import io.dsr.core.ServiceKey;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.membership.Slots;
import io.dsr.core.membership.TotalServerCounters;
import io.dsr.core.persistence.PersistenceTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is counted for services and their servers, those that have gone included: a count never goes
 * down while its service is there. Any thread.
 */
final class ServiceCounts {

  private final Slots slots;
  private final TotalServerCounters counters;

  ServiceCounts(Slots slots, TotalServerCounters counters) {
    this.slots = slots;
    this.counters = counters;
  }

  /** Returns whether no flow of a member is remembered. */
  boolean isIdle(Member member) {
    return counters.isIdle(member.slot());
  }

  /** Returns what has been counted for each service. */
  List<ServiceStatistics> statistics(ControlState now) {
    List<ServiceStatistics> all = new ArrayList<>();
    for (ServiceMembers members : now.membership().services()) {
      ServiceKey key = members.service().key();
      Traffic sum = now.departed().traffic().getOrDefault(key, Traffic.NONE);
      List<ServerStatistics> servers = new ArrayList<>();
      for (Member member : members.members()) {
        servers.add(statistics(member));
        sum = sum.plus(traffic(member));
      }
      all.add(new ServiceStatistics(key, sum, servers));
    }
    return all;
  }

  private ServerStatistics statistics(Member member) {
    long mac = slots.mac(member.slot());
    return new ServerStatistics(
        member.address(),
        member.configuredWeight(),
        member.condition().override(),
        member.effectiveWeight(),
        member.reason(),
        member.condition().health(),
        mac == Slots.UNRESOLVED ? Optional.empty() : Optional.of(new MacAddress(mac)),
        traffic(member));
  }

  private Traffic traffic(Member member) {
    return counters.of(member.slot(), member.generation());
  }

  /** Returns how often persistence did not remember a client for its source's quota. */
  TableStatistics tables(ControlState now) {
    long refused = now.departed().refusals();
    for (PersistenceTable table : now.serviceTables().getFirst().persistenceTables().values()) {
      refused += table.refusals();
    }
    return new TableStatistics(0, 0, refused, 0);
  }

  /** Returns what will have departed once a membership without some members is in force. */
  Departed without(ControlState now, Membership after) {
    Map<ServiceKey, Traffic> traffic = new HashMap<>(now.departed().traffic());
    for (ServiceMembers members : now.membership().services()) {
      for (Member member : members.members()) {
        if (member.isRemoved() && !isMember(after, members.service().key(), member)) {
          traffic.merge(members.service().key(), traffic(member), Traffic::plus);
        }
      }
    }
    traffic.keySet().removeIf(key -> after.members(key) == null);
    return new Departed(traffic, now.departed().refusals());
  }

  private static boolean isMember(Membership of, ServiceKey key, Member member) {
    ServiceMembers members = of.members(key);
    return members != null && members.slotOf(member.address()) == member.slot();
  }

  /** Returns what will have departed once event loops have other service tables. */
  static Departed without(
      Departed before, ServiceDiff difference, ServiceTable from, ServiceTable to) {
    long refusals = before.refusals();
    for (ServiceDiff.Change change : difference.services()) {
      ServiceMembers was = change.before();
      PersistenceTable table = was == null ? null : persistence(from, was);
      if (was != null && table != null && persistence(to, was) != table) {
        refusals += table.refusals();
      }
    }
    return new Departed(before.traffic(), refusals);
  }

  private static @Nullable PersistenceTable persistence(ServiceTable of, ServiceMembers members) {
    ServiceEntry service = of.service(members.service().key());
    return service == null ? null : service.persistence();
  }
}
