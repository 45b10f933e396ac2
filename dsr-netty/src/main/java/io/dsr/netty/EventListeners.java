package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Balancer.Registration;
import io.dsr.core.BalancerEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to listeners, one after the other, from any thread. A listener that throws does
 * not affect the others.
 */
final class EventListeners implements Consumer<BalancerEvent> {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);

  private final List<Registered> listeners = new CopyOnWriteArrayList<>();

  /** One registration: a listener that is added twice gets every event twice. */
  private final class Registered implements Registration {

    private final Consumer<? super BalancerEvent> listener;

    Registered(Consumer<? super BalancerEvent> listener) {
      this.listener = listener;
    }

    @Override
    public void close() {
      listeners.remove(this);
    }
  }

  Registration add(Consumer<? super BalancerEvent> listener) {
    var registered = new Registered(requireNonNull(listener, "listener"));
    listeners.add(registered);
    return registered;
  }

  /** Delivers an event to all listeners. Any thread except an event loop. */
  @Override
  public synchronized void accept(BalancerEvent event) {
    for (Registered each : listeners) {
      try {
        each.listener.accept(event);
      } catch (RuntimeException | Error e) {
        LOG.warn("an event listener failed on {}", event, e);
      }
    }
  }
}
