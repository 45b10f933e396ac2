package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Balancer.Registration;
import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.EventsLost;
import io.dsr.core.BalancerEvent.FramesLost;
import io.dsr.core.control.ExtensionFaults;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Delivers events to listeners, to each one after the other and in their order, on threads that do
 * nothing else: who tells of an event waits for no listener, and no listener for another.
 *
 * <p>A listener that is slower than the events come has a queue of {@link #WAITING}. Of losses that
 * wait there, those of one interface and reason become one; of other events the oldest is given up
 * for a new one, and the listener is told how many it has missed.
 */
final class EventListeners implements Consumer<BalancerEvent> {

  /** How many events may wait for a listener. */
  static final int WAITING = 1_024;

  private final List<Registered> listeners = new CopyOnWriteArrayList<>();
  private final Executor executor;
  private final BiConsumer<? super String, ? super Throwable> faults;
  private final LongAdder lost = new LongAdder();
  private volatile boolean ended;

  /**
   * Creates a list of no listeners.
   *
   * @param executor runs what delivers; one task for each listener at a time
   * @param faults hears what listeners throw
   */
  EventListeners(Executor executor, BiConsumer<? super String, ? super Throwable> faults) {
    this.executor = executor;
    this.faults = faults;
  }

  Registration add(Consumer<? super BalancerEvent> listener) {
    var registered = new Registered(requireNonNull(listener, "listener"));
    listeners.add(registered);
    return registered;
  }

  /** Delivers an event to all listeners, soon. Any thread except an event loop. Does not wait. */
  @Override
  public void accept(BalancerEvent event) {
    if (ended) {
      return;
    }
    for (Registered each : listeners) {
      each.offer(event);
    }
  }

  /** Takes no more events; what waits is still delivered. */
  void end() {
    ended = true;
  }

  /** Returns how many events listeners have missed. */
  long lost() {
    return lost.sum();
  }

  /** One registration: a listener that is added twice gets every event twice. */
  private final class Registered implements Registration {

    private final Consumer<? super BalancerEvent> listener;
    private final Queue<BalancerEvent> waiting = new ArrayDeque<>();
    private long missed;
    private boolean delivering;
    private volatile boolean closed;

    Registered(Consumer<? super BalancerEvent> listener) {
      this.listener = listener;
    }

    void offer(BalancerEvent event) {
      synchronized (waiting) {
        queue(event);
        if (delivering) {
          return;
        }
        delivering = true;
      }
      executor.execute(this::deliver);
    }

    private void queue(BalancerEvent event) {
      BalancerEvent last = event;
      if (event instanceof FramesLost one) {
        last = merged(one);
      }
      if (waiting.size() == WAITING) {
        BalancerEvent _ = waiting.remove();
        missed++;
        lost.increment();
      }
      waiting.add(last);
    }

    /** Takes a loss of the same kind out of what waits, and returns both as one. */
    private FramesLost merged(FramesLost event) {
      for (BalancerEvent each : waiting) {
        if (each instanceof FramesLost(String name, var reason, long frames)
            && reason == event.reason()
            && name.equals(event.name())) {
          waiting.remove(each);
          return new FramesLost(name, reason, frames + event.frames());
        }
      }
      return event;
    }

    private void deliver() {
      for (BalancerEvent next = next(); next != null; next = next()) {
        try {
          listener.accept(next);
        } catch (Throwable e) { // whatever it throws, also past the compiler
          faults.accept(ExtensionFaults.name("listener", listener), e);
        }
      }
    }

    /** Returns what comes next, or null, and ends the delivery, if there is nothing. */
    private @Nullable BalancerEvent next() {
      synchronized (waiting) {
        if (closed) {
          waiting.clear();
          missed = 0;
        }
        if (missed > 0) {
          var told = new EventsLost(missed);
          missed = 0;
          return told;
        }
        BalancerEvent next = waiting.poll();
        delivering = next != null;
        return next;
      }
    }

    @Override
    public void close() {
      closed = true;
      listeners.remove(this);
    }
  }
}
