package io.dsr.core;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Selects flows or persistence entries; an empty field matches everything.
 *
 * @param service the first key of their service
 * @param client a network that their source address is in
 * @param server the own address of the server that has them
 * @param state their state, as in {@link FlowEntry#state}
 */
@CheckReturnValue
public record FlowFilter(
    Optional<ServiceKey> service,
    Optional<IpPrefix> client,
    Optional<InetAddress> server,
    Optional<String> state) {

  /** Matches everything. */
  public static final FlowFilter ALL =
      new FlowFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /** Returns whether a flow matches. */
  public boolean matches(FlowEntry flow) {
    return service.map(flow.service()::equals).orElse(true)
        && client.map(prefix -> prefix.contains(flow.client())).orElse(true)
        && server.map(flow.server()::equals).orElse(true)
        && state.map(flow.state()::equals).orElse(true);
  }

  /** Returns the same filter for one service. */
  public FlowFilter service(ServiceKey key) {
    return new FlowFilter(Optional.of(key), client, server, state);
  }

  /** Returns the same filter for one network of clients. */
  public FlowFilter client(IpPrefix network) {
    return new FlowFilter(service, Optional.of(network), server, state);
  }

  /** Returns the same filter for one server. */
  public FlowFilter server(InetAddress address) {
    return new FlowFilter(service, client, Optional.of(address), state);
  }

  /** Returns the same filter for one state. */
  public FlowFilter state(String name) {
    return new FlowFilter(service, client, server, Optional.of(name));
  }
}
