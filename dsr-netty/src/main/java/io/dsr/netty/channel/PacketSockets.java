package io.dsr.netty.channel;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.MessageSlots;
import io.dsr.linux.packet.PacketBlocks;
import io.dsr.linux.packet.PacketFilter;
import io.dsr.linux.packet.PacketSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two sockets of a channel. One only sends: an error of the link waits on the other, where the
 * event loop looks for it, and cannot be taken by a send.
 *
 * @param order a number that grows with each pair, as the kernel lists the sockets
 */
record PacketSockets(
    PacketSocket receiver, PacketSocket sender, KernelCounters kernelCounters, long order) {

  private static final Logger LOGGER = LoggerFactory.getLogger(PacketSockets.class);
  private static final int HEADROOM = 6; // puts the IP header on a 16-byte boundary
  private static final int SLOT_OVERHEAD = 256;
  private static final int SMALLEST_SLOT = 256;
  private static final int SEGMENTED_BLOCK = 128 * 1024; // 64 KB of IP, and a power of two
  private static final int SMALLEST_BLOCK = 16 * 1024;
  private static final int FEWEST_BLOCKS = 4;
  private static final int RETIRE_MILLIS = 1; // the least that there is

  private static long opened;

  static synchronized PacketSockets open() throws LinuxException {
    PacketSocket receiver = PacketSocket.open();
    try {
      return new PacketSockets(
          receiver, PacketSocket.open(), new KernelCounters(receiver), ++opened);
    } catch (LinuxException e) {
      receiver.close();
      throw e;
    }
  }

  /** Sets options, filter and ring for an interface; nothing is received yet. */
  Reception prepare(
      PacketChannelConfig config,
      String networkInterface,
      PacketCounters counters,
      InboundDispatcher dispatcher)
      throws LinuxException {
    boolean vnetHeader = config.isVnetHeader();
    int slot = config.getFrameSize();
    if (slot == 0) {
      int needed = Math.max(receiver.mtu(networkInterface) + SLOT_OVERHEAD, SMALLEST_SLOT);
      slot = Integer.highestOneBit(needed - 1) << 1;
    }
    receiver.vnetHeader(vnetHeader);
    sender.vnetHeader(vnetHeader);
    receiver.reserve(HEADROOM);
    receiver.copyThreshold(slot);
    if (!config.isSniffOutgoing()) {
      receiver.ignoreOutgoing(true);
    }
    int received = receiver.receiveBuffer(config.getReceiveBufferSize());
    int sent = sender.sendBuffer(config.getSendBufferSize());
    LOGGER.debug("{}: socket buffers of {} and {} bytes", networkInterface, received, sent);
    receiver.filter(
        config.getFanout() == null ? config.getFilter().program() : PacketFilter.nothing());
    return reception(config, slot, networkInterface, new Parts(counters, dispatcher));
  }

  private record Parts(PacketCounters counters, InboundDispatcher dispatcher) {}

  private Reception reception(
      PacketChannelConfig config, int slot, String networkInterface, Parts parts)
      throws LinuxException {
    try {
      return switch (config.getReceivePath()) {
        case TPACKET_V2 -> ring(config, slot, parts);
        case TPACKET_V3 -> blocks(config, slot, parts);
        case RECVMMSG -> messages(config, parts);
      };
    } catch (LinuxException e) {
      if (config.getReceivePath() == ReceivePath.RECVMMSG || !isRefusal(e.errno())) {
        throw e;
      }
      LOGGER.warn(
          "{}: no receive ring ({}); using recvmmsg, which takes more CPU time per frame",
          networkInterface,
          e.getMessage());
      return messages(config, parts);
    }
  }

  /** Returns whether a kernel, a container or the want of memory can be why there is no ring. */
  private static boolean isRefusal(int errno) {
    return switch (errno) {
      case Errno.EPERM,
          Errno.EACCES,
          Errno.ENOMEM,
          Errno.EINVAL,
          Errno.ENOSYS,
          Errno.ENOPROTOOPT,
          Errno.EOPNOTSUPP,
          Errno.ENOBUFS ->
          true;
      default -> false;
    };
  }

  private Reception ring(PacketChannelConfig config, int slot, Parts parts) throws LinuxException {
    boolean vnetHeader = config.isVnetHeader();
    var memory = new RingMemory(receiver.mapRing(slot, config.getRingFrames()), vnetHeader);
    var reader = new RingReader(receiver, memory, vnetHeader, parts.counters());
    return new Reception(
        ReceivePath.TPACKET_V2, reader, memory, parts.dispatcher(), parts.counters());
  }

  private Reception blocks(PacketChannelConfig config, int slot, Parts parts)
      throws LinuxException {
    int least = config.isVnetHeader() ? SEGMENTED_BLOCK : SMALLEST_BLOCK;
    int size = Math.max(least, Integer.highestOneBit(slot + PacketBlocks.BLOCK_OVERHEAD) << 1);
    long ring = (long) slot * config.getRingFrames();
    int count = (int) Math.max(ring / size, FEWEST_BLOCKS);
    var memory =
        new BlockMemory(receiver.mapBlocks(size, count, RETIRE_MILLIS), config.isVnetHeader());
    var reader = new BlockReader(memory);
    return new Reception(
        ReceivePath.TPACKET_V3, reader, memory, parts.dispatcher(), parts.counters());
  }

  private Reception messages(PacketChannelConfig config, Parts parts) throws LinuxException {
    receiver.auxiliaryData(true);
    var slots = new MessageSlots(MessageReader.SLOT_SIZE, MessageReader.SLOTS);
    var memory = new MessageMemory(slots, config.isVnetHeader());
    var reader = new MessageReader(receiver, memory);
    return new Reception(
        ReceivePath.RECVMMSG, reader, memory, parts.dispatcher(), parts.counters());
  }

  /** Begins to receive. */
  void bind(int interfaceIndex) throws LinuxException {
    receiver.bind(interfaceIndex, PacketSocket.EVERY_PROTOCOL);
    sender.bind(interfaceIndex, 0);
  }

  /** Closes both; the kernel does not fill a ring any more that frames still hold. */
  void close() {
    kernelCounters.close();
    try {
      receiver.filter(PacketFilter.nothing());
    } catch (LinuxException e) {
      LOGGER.warn("the socket keeps receiving until the last frame is released", e);
    }
    receiver.close();
    sender.close();
  }
}
