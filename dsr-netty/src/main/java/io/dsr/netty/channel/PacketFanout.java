package io.dsr.netty.channel;

import static java.util.Objects.requireNonNull;

import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.FanoutGroup;
import io.dsr.linux.packet.FanoutProgram;
import io.dsr.linux.packet.PacketFilter;
import io.dsr.linux.packet.PacketSocket;
import io.netty.channel.ChannelException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Several {@link PacketChannel}s on one interface, each on its own event loop. The kernel divides
 * the frames between them by the client's address.
 *
 * <p>Make one for the number of channels, give it to each of them as {@link
 * PacketChannelOption#FANOUT}, and bind them all to the interface, in whichever order. Nothing is
 * received until the last of them is bound; from then on each has its frames, by its own filter,
 * and no frame comes twice. They are numbered in the order in which they were <em>created</em>, and
 * that holds when the link goes down and comes up again. Number 0 gets, besides its clients, ARP,
 * neighbor discovery and whatever is not IP: answer these there.
 *
 * <p>A channel whose ring is full, because its loop is starved, loses frames; none of its clients
 * goes to another. When one of the channels closes, the kernel gives its number to the last and the
 * last one's to number 0: their clients meet a loop that does not know their flows. So {@link
 * #silence} all before the first is closed. One that must be replaced on its own needs a new group
 * of new channels, as does an interface that was deleted and created again.
 *
 * <p>This divides frames between event loops, that is the work from the ring on. What the kernel
 * does before, from the driver to the copy into the ring, happens on the CPU that took the
 * interrupt: the NIC's receive-side scaling (RSS, {@code ethtool -x}) divides that by the NIC's own
 * queues, and RPS ({@code rps_cpus} of a queue) where there is but one queue. Neither need agree
 * with this choice, and neither must hash alike: the order of a flow's frames is kept as long as
 * RSS or RPS keeps each flow on one CPU, which they do; a fragment, which has no ports, may take
 * another queue than its first, and an error always does. Several CPUs may fill one ring, under its
 * lock. It costs least where the interrupt's CPU and the loop's share a cache but are not the same
 * one: at overload the softirq comes first and starves a loop on its own CPU. So pin the queues'
 * interrupts to some CPUs of a NUMA node ({@code /proc/irq/N/smp_affinity}) and the loops' threads
 * to the others of it (taskset(1) by thread id; they bear the names of their thread factory). More
 * loops than such CPUs win nothing.
 *
 * <p>All methods may be called by any thread.
 */
public final class PacketFanout {

  /** The most channels that one fanout can have. */
  public static final int MAXIMUM_CHANNELS = FanoutProgram.MAXIMUM_SOCKETS;

  private final FanoutProgram program;
  private final List<PacketChannel> channels = new ArrayList<>();
  private final Map<PacketChannel, PacketFilter> filters = new HashMap<>();
  private boolean complete;
  private boolean open;

  private PacketFanout(FanoutProgram program) {
    this.program = program;
  }

  /**
   * Returns a fanout that is to have {@code channels} channels, each client on one of them.
   *
   * @param channels from 1 to {@link #MAXIMUM_CHANNELS}
   */
  public static PacketFanout of(int channels) {
    return new PacketFanout(FanoutProgram.byClient(channels));
  }

  /**
   * Returns a fanout that keeps clients of one network together: for where state is kept, or a
   * limit counted, for networks of clients.
   *
   * @param channels from 1 to {@link #MAXIMUM_CHANNELS}
   * @param ipv4Length the leading bits of an IPv4 address that count, from 1 to 32
   * @param ipv6Length the leading bits of an IPv6 address that count, from 1 to 128
   */
  public static PacketFanout of(int channels, int ipv4Length, int ipv6Length) {
    return new PacketFanout(FanoutProgram.byClient(channels, ipv4Length, ipv6Length));
  }

  /**
   * Returns a fanout for as many channels of another interface: each client is on the channel of
   * the same number there.
   */
  public PacketFanout another() {
    return new PacketFanout(program);
  }

  /** Returns how many channels it is to have. */
  public int size() {
    return program.sockets();
  }

  /** Returns the number of the channel that gets the frames of {@code client}. */
  public int channelOf(InetAddress client) {
    return program.socketOf(client);
  }

  /** Returns the channels by their number; none before all are bound. */
  public synchronized List<PacketChannel> channels() {
    return complete ? List.copyOf(channels) : List.of();
  }

  /**
   * Lets no frame through to any of the channels any more, for good: close them afterwards, in
   * whichever order.
   *
   * @throws ChannelException if the kernel refuses; all have been tried
   */
  public synchronized void silence() {
    open = false;
    ChannelException failure = null;
    for (PacketChannel channel : filters.keySet()) {
      try {
        channel.giveFilter(PacketFilter.nothing());
      } catch (LinuxException e) {
        failure = Objects.requireNonNullElseGet(failure, () -> new ChannelException(e));
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Takes a channel that is bound, with a filter that lets nothing through; joins the last. */
  synchronized void bound(PacketChannel channel) throws LinuxException {
    if (channels.size() == program.sockets()) {
      throw new IllegalStateException(
          "fanout: " + channels.size() + " channels already (expected: one fanout per group)");
    }
    channels.add(channel);
    filters.putIfAbsent(channel, channel.config().getFilter().program());
    if (channels.size() == program.sockets()) {
      join();
    }
  }

  private void join() throws LinuxException {
    channels.sort(Comparator.comparingLong(PacketChannel::order));
    boolean sniff = channels.getFirst().config().isSniffOutgoing();
    List<PacketSocket> sockets = new ArrayList<>();
    for (PacketChannel channel : channels) {
      if (channel.config().isSniffOutgoing() != sniff) {
        throw new IllegalStateException(
            "sniffOutgoing: different within a fanout (expected: the same on all channels)");
      }
      sockets.add(channel.receiver());
    }
    FanoutGroup.join(sockets, program, !sniff);
    complete = true;
    open = true;
    for (PacketChannel channel : channels) {
      give(channel, requireNonNull(filters.get(channel)));
    }
  }

  /** Gives a channel a filter, now or when all are bound. */
  synchronized void filter(PacketChannel channel, PacketFilter filter) throws LinuxException {
    if (!channel.isOpen()) {
      return;
    }
    if (open) {
      give(channel, filter);
    }
    filters.put(channel, filter);
  }

  private static void give(PacketChannel channel, PacketFilter filter) throws LinuxException {
    // A group knows how to ignore output from Linux 6.2 on.
    boolean sniff = channel.config().isSniffOutgoing();
    channel.giveFilter(sniff ? filter : filter.withoutOutgoing());
  }

  /** Forgets a channel that closes, before its descriptor may be another's. */
  synchronized void closed(PacketChannel channel) {
    filters.remove(channel);
    if (!complete) {
      channels.remove(channel);
    }
  }

  @Override
  public String toString() {
    return "PacketFanout[" + program + "]";
  }
}
