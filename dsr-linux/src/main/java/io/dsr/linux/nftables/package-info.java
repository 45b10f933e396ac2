/**
 * nftables without a library: a table that this process owns, written over nfnetlink and gone with
 * its socket.
 *
 * <p>Nothing here is exported. Start at {@link io.dsr.linux.nftables.VipTable}.
 */
package io.dsr.linux.nftables;
