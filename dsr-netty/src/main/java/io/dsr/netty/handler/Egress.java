package io.dsr.netty.handler;

import io.dsr.netty.channel.PacketChannel;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The channels by which one event loop sends, by the number of their link. All are on that loop,
 * which alone calls this.
 */
public final class Egress {

  private final @Nullable PacketChannel[] channels;

  /** Creates an egress without channels, for links 0 to {@code links - 1}. */
  public Egress(int links) {
    this.channels = new PacketChannel[links];
  }

  /** Gives the channel of a link, or null for a link that is gone. */
  public void channel(int link, @Nullable PacketChannel channel) {
    channels[link] = channel;
  }

  /** Returns the channel of a link, or null if it is gone. */
  @Nullable PacketChannel channel(int link) {
    return channels[link];
  }

  /** Sends what was written to channels other than {@code but}. */
  void flush(Channel but) {
    for (PacketChannel channel : channels) {
      if (channel != null && !channel.equals(but)) {
        channel.flush();
      }
    }
  }
}
