package io.dsr.core;

import java.net.InetAddress;
import java.util.List;
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

  /** The states that flows can be in: of TCP, UDP, others, and SCTP; some names are of two. */
  public static final List<String> STATES =
      List.of(
          "NONE",
          "ESTABLISHED",
          "SYN_SENT",
          "SYN_RECEIVED",
          "FIN_WAIT",
          "TIME_WAIT",
          "CLOSE",
          "CLOSE_WAIT",
          "LAST_ACK",
          "LISTEN",
          "SYN_ACK",
          "UDP",
          "OTHER",
          "INIT1",
          "INIT",
          "COOKIE_SENT",
          "COOKIE_REPLIED",
          "COOKIE_WAIT",
          "COOKIE",
          "COOKIE_ECHOED",
          "SHUTDOWN_SENT",
          "SHUTDOWN_RECEIVED",
          "SHUTDOWN_ACK_SENT",
          "REJECTED",
          "CLOSED");

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

  /**
   * Returns the same filter for one state.
   *
   * @throws IllegalArgumentException if {@code name} is none of {@link #STATES}
   */
  public FlowFilter state(String name) {
    if (!STATES.contains(name)) {
      throw new IllegalArgumentException(
          "state: \"" + name + "\" (expected: one of " + String.join(", ", STATES) + ")");
    }
    return new FlowFilter(service, client, server, Optional.of(name));
  }
}
