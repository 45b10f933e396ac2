package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Scheduler;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceDiff;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.Slots;
import io.dsr.core.scheduler.MaglevOptions;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FallbackNoticeTest {

  private static final Scheduler STRICT = Schedulers.maglev(MaglevOptions.DEFAULT.fallback(false));

  private final FallbackNotice notice = new FallbackNotice();
  private Membership membership = Membership.empty(new Slots(8), () -> 0);

  @Test
  void logsOnceOfAServiceThatDropsTheClientsOfAnUnreachableServer() {
    VirtualService web = service(STRICT);
    membership = membership.put(web);
    assertThat(notice.look(changes())).isEmpty(); // nobody has been asked yet
    reach("192.0.2.21", Reachability.REACHABLE);
    reach("192.0.2.22", Reachability.UNREACHABLE);

    assertThat(notice.look(changes())).containsExactly(web.key());
    assertThat(notice.look(changes())).isEmpty();
  }

  @Test
  void isSilentWhereClientsAreGivenAnotherServer() {
    membership = membership.put(service(Schedulers.maglev()));
    reach("192.0.2.21", Reachability.REACHABLE);
    reach("192.0.2.22", Reachability.UNREACHABLE);

    assertThat(notice.look(changes())).isEmpty();
  }

  @Test
  void isSilentWhereNoServerIsLeft() {
    membership = membership.put(service(STRICT));
    reach("192.0.2.21", Reachability.UNREACHABLE);
    reach("192.0.2.22", Reachability.UNREACHABLE);

    assertThat(notice.look(changes())).isEmpty();
  }

  private static VirtualService service(Scheduler scheduler) {
    return VirtualService.tcp("192.0.2.10", 80)
        .scheduler(scheduler)
        .realServer("192.0.2.21")
        .realServer("192.0.2.22");
  }

  private void reach(String server, Reachability now) {
    membership = membership.reachability(InetAddress.ofLiteral(server), now);
  }

  private List<ServiceDiff.Change> changes() {
    return membership.services().stream()
        .map(after -> new ServiceDiff.Change(null, after))
        .toList();
  }
}
