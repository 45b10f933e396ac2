package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SocketCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A non-blocking {@code AF_PACKET} raw socket (packet(7); constants of linux/if_packet.h).
 *
 * <p>It is opened with protocol 0, so that nothing is received before {@link #bind}: set options,
 * filter and ring first. It belongs to the network namespace of the thread that opens it, and its
 * look-ups of interfaces are answered by that namespace, whichever thread asks.
 *
 * <p>Options may be set by any thread; {@link #sendBatch}, {@link #receive} and {@link
 * #receiveBatch} are one thread's.
 */
public final class PacketSocket implements AutoCloseable {

  /** {@code ETH_P_ALL} (linux/if_ether.h). */
  public static final int EVERY_PROTOCOL = 0x0003;

  /** Bytes of {@code struct virtio_net_hdr} (linux/virtio_net.h), in front of each frame. */
  public static final int VNET_HEADER_LENGTH = 10;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOL_PACKET = 263;

  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_COPY_THRESH = 7;
  private static final int PACKET_AUXDATA = 8;
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_RESERVE = 12;
  private static final int PACKET_VNET_HDR = 15;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int TPACKET_V2 = 1;
  private static final int TPACKET_V3 = 2;

  private static final int SO_ERROR = 4;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;

  private static final long SIOCGIFNAME = 0x8910;
  private static final long SIOCGIFMTU = 0x8921;
  private static final long SIOCGIFINDEX = 0x8933;
  private static final int IFREQ_LENGTH = 40;
  private static final int IFNAMSIZ = 16;
  private static final int SOCKADDR_LL_LENGTH = 20;

  private final int fd;
  private final FrameCalls calls;
  private boolean closed;

  private PacketSocket(int fd) {
    this.fd = fd;
    this.calls = new FrameCalls(fd);
  }

  /**
   * Opens a socket in the calling thread's network namespace.
   *
   * @throws LinuxException with EPERM if the thread has no CAP_NET_RAW there
   */
  public static PacketSocket open() throws LinuxException {
    int type = SOCK_RAW | SocketCall.SOCK_NONBLOCK | SocketCall.SOCK_CLOEXEC;
    var socket = new PacketSocket(SocketCall.socket(AF_PACKET, type, 0, "AF_PACKET, SOCK_RAW"));
    try {
      socket.set(PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /** Returns the file descriptor, which stays this socket's. */
  public int fd() {
    return fd;
  }

  /**
   * Returns the index of an interface of the socket's namespace.
   *
   * @throws LinuxException with ENODEV if there is none of that name
   */
  public int interfaceIndex(String name) throws LinuxException {
    return ask(SIOCGIFINDEX, name, "SIOCGIFINDEX, " + name);
  }

  /** Returns the largest payload of a frame on the interface {@code name}, in bytes. */
  public int mtu(String name) throws LinuxException {
    return ask(SIOCGIFMTU, name, "SIOCGIFMTU, " + name);
  }

  /** Returns the name of the interface of the socket's namespace that has {@code index}. */
  public String interfaceName(int index) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_LENGTH, Long.BYTES);
      request.set(JAVA_INT, IFNAMSIZ, index);
      SocketCall.ioctl(fd, SIOCGIFNAME, request, "SIOCGIFNAME, " + index);
      return request.getString(0);
    }
  }

  private int ask(long request, String name, String what) throws LinuxException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= IFNAMSIZ) {
      throw new LinuxException("ioctl(" + what + ")", Errno.ENODEV);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ifreq = arena.allocate(IFREQ_LENGTH, Long.BYTES);
      MemorySegment.copy(bytes, 0, ifreq, JAVA_BYTE, 0, bytes.length);
      SocketCall.ioctl(fd, request, ifreq, what);
      return ifreq.get(JAVA_INT, IFNAMSIZ);
    }
  }

  /** Makes frames carry a {@code virtio_net_hdr} both ways; before {@link #mapRing}. */
  public void vnetHeader(boolean on) throws LinuxException {
    set(PACKET_VNET_HDR, on ? 1 : 0, "PACKET_VNET_HDR");
  }

  /** Keeps the host's own output from being received (Linux 4.20). */
  public void ignoreOutgoing(boolean on) throws LinuxException {
    set(PACKET_IGNORE_OUTGOING, on ? 1 : 0, "PACKET_IGNORE_OUTGOING");
  }

  /** Makes the kernel queue a frame whole for {@link #receive} if a ring slot cannot hold it. */
  public void copyThreshold(int bytes) throws LinuxException {
    set(PACKET_COPY_THRESH, bytes, "PACKET_COPY_THRESH");
  }

  /** Makes {@link #receiveBatch} tell of the tags that the kernel takes out of frames. */
  public void auxiliaryData(boolean on) throws LinuxException {
    set(PACKET_AUXDATA, on ? 1 : 0, "PACKET_AUXDATA");
  }

  /** Keeps {@code bytes} free in front of each frame of the ring; before {@link #mapRing}. */
  public void reserve(int bytes) throws LinuxException {
    set(PACKET_RESERVE, bytes, "PACKET_RESERVE");
  }

  /**
   * Sets the bytes that may wait for {@link #receive}, above the host's limit if permitted.
   *
   * @return what the kernel made of it, which counts its own overhead too
   */
  public int receiveBuffer(int bytes) throws LinuxException {
    return buffer(SO_RCVBUFFORCE, SO_RCVBUF, bytes, "SO_RCVBUF");
  }

  /**
   * Sets the bytes that may wait to be sent, above the host's limit if permitted.
   *
   * @return what the kernel made of it, which counts its own overhead too
   */
  public int sendBuffer(int bytes) throws LinuxException {
    return buffer(SO_SNDBUFFORCE, SO_SNDBUF, bytes, "SO_SNDBUF");
  }

  private int buffer(int forced, int limited, int bytes, String what) throws LinuxException {
    try {
      SocketCall.setOption(fd, SocketCall.SOL_SOCKET, forced, bytes, what + "FORCE");
    } catch (LinuxException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      SocketCall.setOption(fd, SocketCall.SOL_SOCKET, limited, bytes, what);
    }
    return SocketCall.option(fd, SocketCall.SOL_SOCKET, limited, what);
  }

  /**
   * Puts {@code filter} in the place of the last one, without a gap between the two.
   *
   * @throws LinuxException with ENOMEM if it is larger than net.core.optmem_max allows
   */
  public void filter(PacketFilter filter) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = arena.allocate(16, Long.BYTES); // struct sock_fprog, linux/filter.h
      program.set(JAVA_SHORT, 0, (short) filter.length());
      program.set(ADDRESS, Long.BYTES, filter.encode(arena));
      String what = "SO_ATTACH_FILTER, " + filter.length() + " instructions";
      SocketCall.setOption(fd, SocketCall.SOL_SOCKET, SO_ATTACH_FILTER, program, what);
    }
  }

  /**
   * Makes and maps a receive ring.
   *
   * @param frameSize bytes of a slot, header and reserve included: a power of two from 256 up
   * @param frames slots: a power of two
   */
  public PacketRing mapRing(int frameSize, int frames) throws LinuxException {
    int block = PacketRing.blockSize(frameSize, frames);
    int blocks = (int) ((long) frameSize * frames / block);
    String what = "PACKET_RX_RING, " + frames + " x " + frameSize;
    ring(what, block, blocks, frameSize, frames); // struct tpacket_req, linux/if_packet.h
    try {
      return PacketRing.map(fd, frameSize, frames);
    } catch (LinuxException e) {
      ring("PACKET_RX_RING, none", 0, 0, 0, 0);
      throw e;
    }
  }

  /**
   * Makes and maps a receive ring of blocks, {@code TPACKET_V3}, in the place of {@link #mapRing}.
   *
   * @param blockSize bytes of a block: a multiple of 4,096
   * @param retireMillis after how long a block that is not full is ours, 1 or more
   */
  public PacketBlocks mapBlocks(int blockSize, int blocks, int retireMillis) throws LinuxException {
    set(PACKET_VERSION, TPACKET_V3, "PACKET_VERSION");
    String what = "PACKET_RX_RING, " + blocks + " blocks of " + blockSize;
    Arena arena = Arena.ofShared();
    boolean made = false;
    try {
      // struct tpacket_req3; of one frame a block there is no more than the kernel's arithmetic
      ring(what, blockSize, blocks, blockSize, blocks, retireMillis, 0, 0);
      made = true;
      MemorySegment mapped = Mapping.ofRing(fd, (long) blockSize * blocks, arena);
      return new PacketBlocks(mapped, arena, blockSize);
    } catch (LinuxException e) {
      arena.close();
      if (made) {
        ring("PACKET_RX_RING, none", 0, 0, 0, 0, 0, 0, 0);
      }
      throw e;
    }
  }

  private void ring(String what, int... request) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(JAVA_INT, request);
      SocketCall.setOption(fd, SOL_PACKET, PACKET_RX_RING, value, what);
    }
  }

  /**
   * Attaches the socket to an interface; frames come from now on, unless {@code protocol} is 0.
   *
   * @param protocol an EtherType, {@link #EVERY_PROTOCOL}, or 0 for a socket that only sends
   */
  public void bind(int interfaceIndex, int protocol) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SOCKADDR_LL_LENGTH, Integer.BYTES);
      address.set(JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(JAVA_BYTE, 2, (byte) (protocol >> 8));
      address.set(JAVA_BYTE, 3, (byte) protocol);
      address.set(JAVA_INT, 4, interfaceIndex);
      SocketCall.bind(fd, address, "AF_PACKET, interface " + interfaceIndex);
    }
  }

  /** Returns what the kernel counted since this was last asked, which sets it back to 0. */
  public KernelCounts takeKernelCounts() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
      SocketCall.option(fd, SOL_PACKET, PACKET_STATISTICS, counts, "PACKET_STATISTICS");
      return new KernelCounts(
          Integer.toUnsignedLong(counts.get(JAVA_INT, 0)),
          Integer.toUnsignedLong(counts.get(JAVA_INT, Integer.BYTES)));
    }
  }

  /**
   * What {@code PACKET_STATISTICS} says.
   *
   * @param frames frames that the filter let through, dropped ones included
   * @param drops frames for which there was no room
   */
  public record KernelCounts(long frames, long drops) {}

  /** Returns the error that waits on the socket, which clears it, or 0. */
  public int takeError() throws LinuxException {
    return SocketCall.option(fd, SocketCall.SOL_SOCKET, SO_ERROR, "SO_ERROR");
  }

  /**
   * Takes the frame that waited longest of those that no ring slot could hold.
   *
   * @return the length of the whole frame, even if longer than {@code length}, with its vnet
   *     header; or the negative error number, {@code -EAGAIN} if none waits
   */
  public int receive(long address, int length) {
    return calls.receive(address, length);
  }

  /**
   * Receives the frames that wait, if there is no ring, into an array of {@code struct mmsghdr}.
   *
   * @return how many came; or the negative error number, {@code -EAGAIN} if there is none
   */
  public int receiveBatch(long headers, int count) {
    return calls.receiveMany(headers, count);
  }

  /**
   * Sends the messages of an array of {@code struct mmsghdr}.
   *
   * @return how many were sent; or the negative error number of the first, and none was sent
   */
  public int sendBatch(long headers, int count) {
    return calls.sendMany(headers, count);
  }

  private void set(int option, int value, String what) throws LinuxException {
    SocketCall.setOption(fd, SOL_PACKET, option, value, what);
  }

  /**
   * Closes the descriptor, once. While a ring of this socket stays mapped the kernel keeps the
   * socket and fills the ring: set a filter that rejects everything before.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      SocketCall.close(fd);
    }
  }
}
