/**
 * Keeps this host's own kernel silent about virtual addresses that a packet socket serves.
 *
 * <p>A packet socket gets a copy; the kernel still has the frame, and would forward it a second
 * time, answer ARP for a neighbor that it proxies, or send the client a reset, a redirect or an
 * unreachable. Linux hands a received frame first to XDP, then to packet taps, then to TCX programs
 * and nftables' netdev ingress, then to the stack: a drop at the third step silences the stack and
 * takes nothing from the tap. Start at {@link io.dsr.linux.suppression.HostSuppressor}.
 */
package io.dsr.linux.suppression;
