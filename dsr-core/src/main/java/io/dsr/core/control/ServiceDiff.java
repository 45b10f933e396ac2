package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.ServiceMembers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two memberships: found once, for all who have to follow a change. Immutable.
 *
 * <p>It costs a comparison of references for each service, and a look at the members of those that
 * differ.
 */
public final class ServiceDiff {

  /**
   * A service that is not as it was.
   *
   * @param before null for one that came
   * @param after null for one that went without leaving members
   */
  public record Change(@Nullable ServiceMembers before, @Nullable ServiceMembers after) {

    /** Returns the service as the operator had it before, or null if there was none. */
    public @Nullable VirtualService serviceBefore() {
      return standing(before);
    }

    /** Returns the service as the operator wants it now, or null if there is none. */
    public @Nullable VirtualService serviceAfter() {
      return standing(after);
    }

    private static @Nullable VirtualService standing(@Nullable ServiceMembers members) {
      return members == null || members.removed() ? null : members.service();
    }
  }

  private final List<Change> services;
  private final List<Member> fresh = new ArrayList<>();
  private final List<Member> released = new ArrayList<>();
  private final ReferenceCounts.Delta<IpPrefix> vips = new ReferenceCounts.Delta<>();
  private final ReferenceCounts.Delta<InetAddress> servers = new ReferenceCounts.Delta<>();
  private final Set<IpPrefix> vipsComing;
  private final Set<IpPrefix> vipsGoing;
  private final Set<InetAddress> serversComing;
  private final Set<InetAddress> serversGoing;

  private ServiceDiff(List<Change> services, Index index) {
    this.services = List.copyOf(services);
    this.services.forEach(this::look);
    this.vipsComing = Set.copyOf(index.vips.coming(vips));
    this.vipsGoing = Set.copyOf(index.vips.going(vips));
    this.serversComing = Set.copyOf(index.servers.coming(servers));
    this.serversGoing = Set.copyOf(index.servers.going(servers));
  }

  /** What services of the membership in force need. Control thread. */
  static final class Index {

    private final ReferenceCounts<IpPrefix> vips = new ReferenceCounts<>();
    private final ReferenceCounts<InetAddress> servers = new ReferenceCounts<>();

    /** Follows a change from the membership that this is of. */
    void apply(ServiceDiff change) {
      vips.apply(change.vips);
      servers.apply(change.servers);
    }
  }

  /**
   * Compares two memberships.
   *
   * @param index of {@code before}
   */
  @SuppressWarnings("ReferenceEquality") // the same are equal, and that is soon seen
  static ServiceDiff between(Membership before, Membership after, Index index) {
    List<Change> changes = new ArrayList<>();
    int stayed = 0;
    Iterator<ServiceMembers> old = before.services().iterator();
    for (ServiceMembers now : after.services()) {
      ServiceMembers was = old.hasNext() ? old.next() : null;
      if (now != was) { // in another place, or another one
        was = before.members(now.service().key());
        if (!now.equals(was)) {
          changes.add(new Change(was, now));
        }
      }
      stayed += was == null ? 0 : 1;
    }
    if (stayed < before.services().size()) {
      for (ServiceMembers was : before.services()) {
        if (after.members(was.service().key()) == null) {
          changes.add(new Change(was, null));
        }
      }
    }
    return new ServiceDiff(changes, index);
  }

  private void look(Change change) {
    count(change.before(), -1);
    count(change.after(), 1);
    Map<Integer, Member> held = bySlot(change.before());
    Map<Integer, Member> holding = bySlot(change.after());
    holding
        .values()
        .forEach(member -> {
          if (!isSame(held.get(member.slot()), member)) {
            fresh.add(member);
          }
        });
    held.values()
        .forEach(member -> {
          if (!isSame(holding.get(member.slot()), member)) {
            released.add(member);
          }
        });
  }

  private static boolean isSame(@Nullable Member one, Member other) {
    return one != null
        && one.generation() == other.generation()
        && one.address().equals(other.address());
  }

  private static Map<Integer, Member> bySlot(@Nullable ServiceMembers of) {
    Map<Integer, Member> members = new HashMap<>();
    if (of != null) {
      of.members().forEach(member -> members.put(member.slot(), member));
    }
    return members;
  }

  private void count(@Nullable ServiceMembers of, int difference) {
    if (of == null) {
      return;
    }
    if (!of.removed()) {
      Set<IpPrefix> distinct = new HashSet<>();
      for (ServiceKey key : of.service().keys()) {
        distinct.add(key.vip());
      }
      distinct.forEach(vip -> vips.add(vip, difference));
    }
    of.members().forEach(member -> servers.add(member.address(), difference));
  }

  /** Returns whether nothing differs. */
  public boolean isEmpty() {
    return services.isEmpty();
  }

  /** Returns the services that differ: those that came or changed, then those that went. */
  public List<Change> services() {
    return services;
  }

  /** Returns whether any VIP, or network of VIPs, comes or goes. */
  public boolean movesVips() {
    return !vipsComing.isEmpty() || !vipsGoing.isEmpty();
  }

  /** Returns the VIPs, and networks of VIPs, that no service had before. */
  public Set<IpPrefix> vipsComing() {
    return vipsComing;
  }

  /** Returns the VIPs, and networks of VIPs, that no service has any more. */
  public Set<IpPrefix> vipsGoing() {
    return vipsGoing;
  }

  /** Returns the own addresses of servers that no service had before. */
  public Set<InetAddress> serversComing() {
    return serversComing;
  }

  /** Returns the own addresses of servers that no service has any more. */
  public Set<InetAddress> serversGoing() {
    return serversGoing;
  }

  /** Returns members that have got a slot: the counts of their slots begin with them. */
  public List<Member> fresh() {
    return fresh;
  }

  /** Returns members that have given their slot back. */
  public List<Member> released() {
    return released;
  }

  /** Returns whether any server gets a slot or gives one back. */
  public boolean movesSlots() {
    return !fresh.isEmpty() || !released.isEmpty();
  }

  /** Returns a short summary of the differences, for a log. */
  @Override
  public String toString() {
    return services.size()
        + " services, VIPs +"
        + vipsComing.size()
        + " -"
        + vipsGoing.size()
        + ", servers +"
        + fresh.size()
        + " -"
        + released.size();
  }
}
