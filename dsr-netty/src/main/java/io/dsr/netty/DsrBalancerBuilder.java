package io.dsr.netty;

import io.dsr.core.BalancerEvent;
import io.dsr.core.HashKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import java.util.function.Consumer;

/** Skeleton: the signatures to come. */
@SuppressWarnings("DoNotCallSuggester")
public final class DsrBalancerBuilder {

  DsrBalancerBuilder() {}

  /** Gives the interface on which clients and servers are. */
  public DsrBalancerBuilder networkInterface(String name) {
    return this;
  }

  /** Adds a service. */
  public DsrBalancerBuilder service(VirtualService service) {
    return this;
  }

  /** Gives the key of the placement hashes. */
  public DsrBalancerBuilder hashKey(HashKey key) {
    return this;
  }

  /** Gives the clock. */
  public DsrBalancerBuilder ticker(Ticker ticker) {
    return this;
  }

  /** Gives the most connections remembered, for each address family. */
  public DsrBalancerBuilder maximumConnections(int connections) {
    return this;
  }

  /** Gives what keeps the host's kernel silent. */
  public DsrBalancerBuilder hostSilence(HostSilence silence) {
    return this;
  }

  /** Gives who hears of events, on the control thread. */
  public DsrBalancerBuilder listener(Consumer<? super BalancerEvent> listener) {
    return this;
  }

  /** Builds; nothing is touched yet. */
  public DsrBalancer build() {
    throw new UnsupportedOperationException("skeleton");
  }
}
