package io.dsr.core;

import java.net.InetAddress;
import java.time.Duration;

/**
 * A client that persistence remembers, as shown to an operator.
 *
 * @param service the service that it is remembered for, by its first key
 * @param client its network, or everybody's where the source address does not matter
 * @param key all that makes the client, in words: {@code 10.0.0.0/24}, {@code 10.0.0.1 -> :443}
 * @param server the own address of its server
 * @param pinned whether the operator has tied it to the server
 * @param remaining how long it will yet be remembered if no new flow comes, zero for a pin
 */
public record PersistenceEntry(
    ServiceKey service,
    IpPrefix client,
    String key,
    InetAddress server,
    boolean pinned,
    Duration remaining) {}
