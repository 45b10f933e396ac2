package io.dsr.core;

import java.net.InetAddress;
import java.time.Duration;

/**
 * A flow that is remembered, as shown to an operator.
 *
 * @param service the service that it is of, by its first key
 * @param protocol its IP protocol
 * @param client where it comes from
 * @param clientPort its source port, 0 for a protocol without ports
 * @param vip the virtual IP it is to
 * @param port its destination port, 0 for a protocol without ports
 * @param server the own address of the server that has it
 * @param state its state, in the words of IPVS: {@code ESTABLISHED}, {@code FIN_WAIT}, {@code UDP}
 * @param active whether it counts as load on its server
 * @param remaining how long it will yet be remembered if no frame comes
 */
public record FlowEntry(
    ServiceKey service,
    Protocol protocol,
    InetAddress client,
    int clientPort,
    InetAddress vip,
    int port,
    InetAddress server,
    String state,
    boolean active,
    Duration remaining) {}
