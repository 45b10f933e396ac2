package io.dsr.netty.host;

import io.dsr.core.BalancerEvent;
import io.dsr.core.MacAddress;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.membership.Reachability;
import io.dsr.netty.handler.NeighbourListener;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes what the first event loop learns about servers to the control thread, many at a time where
 * many come.
 */
public final class NeighbourEvents implements NeighbourListener {

  private static final Logger LOG = LoggerFactory.getLogger(NeighbourEvents.class);

  private final ServiceControl control;
  private final EventExecutor executor;
  private final Consumer<BalancerEvent> teller;
  private final BooleanSupplier closed;
  private final Map<InetAddress, Reachability> news = new LinkedHashMap<>();

  /** Creates a listener that reports nothing once {@code closed} says so. */
  public NeighbourEvents(
      ServiceControl control,
      EventExecutor executor,
      Consumer<BalancerEvent> teller,
      BooleanSupplier closed) {
    this.control = control;
    this.teller = teller;
    this.executor = executor;
    this.closed = closed;
  }

  @Override
  public void resolved(InetAddress server, MacAddress mac) {
    hear(server, Reachability.REACHABLE, new BalancerEvent.ServerResolved(server, mac));
  }

  @Override
  public void unreachable(InetAddress server) {
    hear(server, Reachability.UNREACHABLE, new BalancerEvent.ServerUnreachable(server));
  }

  @Override
  public void moved(InetAddress server, MacAddress from, MacAddress to) {
    executor.execute(() -> tell(new BalancerEvent.ServerMoved(server, from, to)));
  }

  @Override
  public void conflict(InetAddress vip, MacAddress claimant) {
    executor.execute(() -> tell(new BalancerEvent.VipConflict(vip, claimant)));
  }

  private void hear(InetAddress server, Reachability now, BalancerEvent event) {
    boolean first;
    synchronized (news) {
      first = news.isEmpty();
      news.put(server, now);
    }
    if (first) {
      executor.execute(this::takeNews);
    }
    executor.execute(() -> tell(event));
  }

  // An interface that is closed has lost its servers, which is no news.
  private void tell(BalancerEvent event) {
    if (!closed.getAsBoolean()) {
      teller.accept(event);
    }
  }

  private void takeNews() {
    Map<InetAddress, Reachability> taken;
    synchronized (news) {
      taken = Map.copyOf(news);
      news.clear();
    }
    if (closed.getAsBoolean()) {
      return;
    }
    try {
      control.reachability(taken);
    } catch (IllegalArgumentException e) { // the change is made; the scheduler's fault was told
      LOG.debug("a scheduler has failed; it will be asked again", e);
    } catch (Exception | Error e) {
      LOG.warn("a reachability change could not be applied: {}", taken, e);
    }
  }
}
