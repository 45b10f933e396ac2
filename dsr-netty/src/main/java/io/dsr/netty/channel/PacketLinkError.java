package io.dsr.netty.channel;

/**
 * The user event that a {@link PacketChannel} fires when its interface reports an error, usually
 * that it went down. The channel stays open: frames arrive again once the link is up.
 *
 * @param address the interface
 * @param errno the error; {@link io.dsr.linux.Errno#ENETDOWN} if the link went down
 */
public record PacketLinkError(PacketAddress address, int errno) {}
