package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Joins packet sockets of one interface so that each frame goes to one of them (PACKET_FANOUT,
 * packet(7); net/packet/af_packet.c).
 *
 * <p>A socket's number is its place in the order of joining. When a socket closes, the last one
 * gets its number, and what was for the last number goes to socket 0. When the link goes down and
 * up, the kernel joins all anew in the order in which they were <em>opened</em>: give them in that
 * order, and the numbers stay. While it does so, for some microseconds, frames may go to a socket
 * of a lower number than theirs.
 *
 * <p>PACKET_FANOUT_FLAG_ROLLOVER is never set: a socket whose ring is full loses frames, and none
 * of its clients is handed to a socket that knows nothing of them.
 */
public final class FanoutGroup {

  private static final int SOL_PACKET = 263;
  private static final int PACKET_FANOUT = 18;
  private static final int PACKET_FANOUT_DATA = 22;
  private static final int PACKET_FANOUT_CBPF = 6;
  private static final int FLAG_UNIQUEID = 0x2000;
  private static final int FLAG_IGNORE_OUTGOING = 0x4000;
  private static final int ID_MASK = 0xffff;

  private FanoutGroup() {}

  /**
   * Makes a group of sockets that are bound to one interface with one protocol, each with a filter
   * that lets nothing through: set their filters once this has returned, and no frame is received
   * twice.
   *
   * <p>{@link PacketSocket#ignoreOutgoing} does not hold in a group; {@code ignoreOutgoing} does
   * from Linux 6.2 on. {@link PacketFilter#withoutOutgoing} has the same effect on all kernels.
   *
   * @param sockets as many as {@code program} chooses from, in the order in which they were opened
   * @return the group's number in the network namespace
   * @throws LinuxException with EINVAL if a socket is not bound, or not to the same interface; on
   *     some kernels if the link is down too
   */
  public static int join(List<PacketSocket> sockets, FanoutProgram program, boolean ignoreOutgoing)
      throws LinuxException {
    if (sockets.size() != program.sockets()) {
      throw new IllegalArgumentException(
          "sockets: " + sockets.size() + " (expected: " + program.sockets() + ")");
    }
    int type = PACKET_FANOUT_CBPF | (ignoreOutgoing ? FLAG_IGNORE_OUTGOING : 0);
    int fd = sockets.getFirst().fd();
    fanout(fd, (type | FLAG_UNIQUEID) << 16);
    int id = SocketCall.option(fd, SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT") & ID_MASK;
    load(fd, program);
    for (PacketSocket socket : sockets.subList(1, sockets.size())) {
      fanout(socket.fd(), type << 16 | id);
    }
    // To replace a program the kernel waits until no CPU is at a frame that it began before: none
    // can be on its way to a socket alone, and to the group as well, once filters are set.
    load(fd, program);
    return id;
  }

  private static void fanout(int fd, int argument) throws LinuxException {
    SocketCall.setOption(fd, SOL_PACKET, PACKET_FANOUT, argument, "PACKET_FANOUT");
  }

  private static void load(int fd, FanoutProgram program) throws LinuxException {
    PacketFilter instructions = program.program();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fprog = arena.allocate(16, Long.BYTES); // struct sock_fprog, linux/filter.h
      fprog.set(JAVA_SHORT, 0, (short) instructions.length());
      fprog.set(ADDRESS, Long.BYTES, instructions.encode(arena));
      SocketCall.setOption(fd, SOL_PACKET, PACKET_FANOUT_DATA, fprog, "PACKET_FANOUT_DATA");
    }
  }
}
