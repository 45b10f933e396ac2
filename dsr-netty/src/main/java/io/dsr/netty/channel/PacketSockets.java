package io.dsr.netty.channel;

import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketFilter;
import io.dsr.linux.packet.PacketRing;
import io.dsr.linux.packet.PacketSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two sockets of a channel. One only sends: an error of the link waits on the other, where the
 * event loop looks for it, and cannot be taken by a send.
 */
record PacketSockets(PacketSocket receiver, PacketSocket sender, KernelCounters kernelCounters) {

  private static final Logger LOGGER = LoggerFactory.getLogger(PacketSockets.class);
  private static final int HEADROOM = 6; // puts the IP header on a 16-byte boundary
  private static final int SLOT_OVERHEAD = 256;
  private static final int SMALLEST_SLOT = 256;

  static PacketSockets open() throws LinuxException {
    PacketSocket receiver = PacketSocket.open();
    try {
      return new PacketSockets(receiver, PacketSocket.open(), new KernelCounters(receiver));
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
      FrameDelivery delivery)
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
    receiver.filter(config.getFilter());
    PacketRing ring = receiver.mapRing(slot, config.getRingFrames());
    RingMemory memory = new RingMemory(ring, vnetHeader);
    return new Reception(
        ReceivePath.TPACKET_V2,
        new RingReader(receiver, memory, vnetHeader, counters, config.getAllocator()),
        memory,
        delivery,
        counters);
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
      LOGGER.warn("the socket receives until the last frame is released", e);
    }
    receiver.close();
    sender.close();
  }
}
