package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventListenersTest {

  private static final BalancerEvent UP = new BalancerEvent.InterfaceUp("eth0");
  private static final BalancerEvent DOWN = new BalancerEvent.InterfaceDown("eth0");

  private final EventListeners listeners = new EventListeners();

  @Test
  void tellsTheOthersThoughOneThrows() {
    List<BalancerEvent> heard = new ArrayList<>();
    listeners.add(event -> {
      throw new IllegalStateException("on purpose");
    });
    listeners.add(event -> {
      throw new AssertionError("on purpose");
    });
    listeners.add(heard::add);

    listeners.accept(UP);
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP, DOWN);
  }

  @Test
  void tellsNothingOnceTheRegistrationIsClosed() {
    List<BalancerEvent> heard = new ArrayList<>();
    var first = listeners.add(heard::add);
    var second = listeners.add(heard::add);
    listeners.accept(UP);
    assertThat(heard).containsExactly(UP, UP);

    first.close();
    first.close();
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP, UP, DOWN);
    second.close();
  }

  @Test
  void letsAListenerEndItsOwnRegistration() {
    List<BalancerEvent> heard = new ArrayList<>();
    var registration = new ArrayList<AutoCloseable>();
    registration.add(
        listeners.add(event -> {
          heard.add(event);
          try {
            registration.getFirst().close();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        }));

    listeners.accept(UP);
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP);
  }
}
