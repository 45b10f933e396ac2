/**
 * Which flow is this, which server has it, and how long it is remembered.
 *
 * <p>Begin at {@code FlowTracker}; {@code TcpState} is what one direction tells of a connection.
 */
package io.dsr.core.flow;
