/**
 * Raw frames of one interface: {@link io.dsr.linux.packet.PacketSocket} and what hangs on it, the
 * receive ring and the filter.
 */
package io.dsr.linux.packet;
