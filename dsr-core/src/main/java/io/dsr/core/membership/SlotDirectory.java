package io.dsr.core.membership;

import io.dsr.core.ServiceKey;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whose slot is which, for those who want to read a flow's record. Immutable; any thread. */
public final class SlotDirectory {

  private final Map<Integer, Holder> holders = new HashMap<>();
  private final Map<Place, Member> places = new HashMap<>();

  private record Holder(ServiceKey service, Member member) {}

  private record Place(ServiceKey service, InetAddress server) {}

  private SlotDirectory(Membership membership) {
    for (ServiceMembers service : membership.services()) {
      ServiceKey key = service.service().key();
      for (Member member : service.members()) {
        holders.put(member.slot(), new Holder(key, member));
        places.put(new Place(key, member.address()), member);
      }
    }
  }

  /** Returns the directory of {@code membership}. */
  public static SlotDirectory of(Membership membership) {
    return new SlotDirectory(membership);
  }

  /** Returns the first key of the slot's service, or null if nobody has the slot. */
  public @Nullable ServiceKey service(int slot) {
    Holder holder = holders.get(slot);
    return holder == null ? null : holder.service();
  }

  /** Returns who has the slot, or null. */
  public @Nullable Member member(int slot) {
    Holder holder = holders.get(slot);
    return holder == null ? null : holder.member();
  }

  /** Returns a service's server of that address, removed ones too, or null. */
  public @Nullable Member member(ServiceKey service, InetAddress server) {
    return places.get(new Place(service, server));
  }

  /** Returns the numbers of all slots that are held. */
  public Iterable<Integer> slots() {
    return holders.keySet();
  }
}
