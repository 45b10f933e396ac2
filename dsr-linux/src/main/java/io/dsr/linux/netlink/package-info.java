/** Routing netlink: {@link io.dsr.linux.netlink.NetlinkSocket} and its messages; not exported. */
package io.dsr.linux.netlink;
