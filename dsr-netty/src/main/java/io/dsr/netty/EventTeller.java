package io.dsr.netty;

import io.dsr.core.BalancerEvent;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the listener; one event after the other, whichever thread has it. What it throws is logged.
 */
final class EventTeller implements Consumer<BalancerEvent> {

  private static final Logger LOG = LoggerFactory.getLogger(DsrBalancer.class);

  private final Consumer<? super BalancerEvent> listener;

  EventTeller(Consumer<? super BalancerEvent> listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void accept(BalancerEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      LOG.warn("the event listener failed on {}", event, e);
    }
  }
}
