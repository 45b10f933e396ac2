package io.dsr.core.membership;

import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.List;

/**
 * A virtual service and everyone who has, or may take, flows of it.
 *
 * @param service as the operator gave it
 * @param removed whether the operator has taken the service out: it takes no new flow
 * @param members in the order of their addresses as unsigned bytes, which every balancer of a fleet
 *     shares; removed ones stay while they have flows
 */
public record ServiceMembers(VirtualService service, boolean removed, List<Member> members) {

  /** Copies the list. */
  public ServiceMembers {
    members = List.copyOf(members);
  }

  /** Returns the slot of the server of that address, removed or not, or -1. */
  public int slotOf(InetAddress address) {
    for (Member member : members) {
      if (member.address().equals(address)) {
        return member.slot();
      }
    }
    return -1;
  }
}
