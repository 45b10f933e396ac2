/**
 * Raw Ethernet frames as a Netty channel: {@link io.dsr.netty.channel.PacketChannel} on the native
 * epoll loop, and {@link io.dsr.netty.channel.PacketFrame}, a buffer over the receive ring.
 */
package io.dsr.netty.channel;
