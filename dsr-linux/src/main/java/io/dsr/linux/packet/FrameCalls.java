package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The calls that carry frames, and allocate nothing; one thread at a time.
 *
 * <p>A call that keeps {@code errno} allocates a view of its state segment, unless the compiler
 * sees that it need not, which it does in most runs and not in all. So frames go by calls that keep
 * nothing. If one fails and poll(2) says that no frame waits, that was why; else it is made again
 * by a call that tells, and if that one succeeds, all the better.
 *
 * <p>An error that waits on the socket, which is that the link went down, is epoll's to tell
 * (EPOLLERR) before anything is received. One that comes in between is taken by the call that
 * fails, and not told: who must hear of every change of a link listens to it ({@link
 * io.dsr.linux.link.LinkMonitor}).
 */
final class FrameCalls {

  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  private static final FunctionDescriptor SEND_MANY =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor RECEIVE_MANY =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final FunctionDescriptor RECEIVE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  private static final MethodHandle SENDMMSG = SystemCall.plainHandle("sendmmsg", SEND_MANY);
  private static final MethodHandle SENDMMSG_TELLING = SystemCall.handle("sendmmsg", SEND_MANY);
  private static final MethodHandle RECVMMSG = SystemCall.plainHandle("recvmmsg", RECEIVE_MANY);
  private static final MethodHandle RECVMMSG_TELLING = SystemCall.handle("recvmmsg", RECEIVE_MANY);
  private static final MethodHandle RECV = SystemCall.plainHandle("recv", RECEIVE);
  private static final MethodHandle RECV_TELLING = SystemCall.handle("recv", RECEIVE);
  private static final MethodHandle POLL =
      SystemCall.plainHandle(
          "poll", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  // struct pollfd (poll.h)
  private static final int POLLFD_LENGTH = 8;
  private static final int POLLFD_EVENTS = 4;
  private static final short POLLIN = 1;

  private final int fd;
  private final MemorySegment state = SystemCall.newState(Arena.ofAuto());
  private final MemorySegment polled = Arena.ofAuto().allocate(POLLFD_LENGTH, Integer.BYTES);
  private final long polledAddress = polled.address();

  /** Whether the last frame offered was refused. */
  private boolean refused;

  FrameCalls(int fd) {
    this.fd = fd;
    polled.set(JAVA_INT, 0, fd);
    polled.set(JAVA_SHORT, POLLFD_EVENTS, POLLIN);
  }

  /** Receives one frame; returns its whole length, or the negative error number. */
  int receive(long address, int length) {
    int flags = MSG_DONTWAIT | MSG_TRUNC;
    try {
      long result = (long) RECV.invokeExact(fd, address, (long) length, flags);
      if (result < 0) {
        if (isEmpty()) {
          return -Errno.EAGAIN;
        }
        result = (long) RECV_TELLING.invokeExact(state, fd, address, (long) length, flags);
      }
      return told(result);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Receives as many frames as there are; returns how many, or the negative error number. */
  int receiveMany(long headers, int count) {
    try {
      int result = (int) RECVMMSG.invokeExact(fd, headers, count, MSG_DONTWAIT, 0L);
      if (result < 0) {
        if (isEmpty()) {
          return -Errno.EAGAIN;
        }
        result = (int) RECVMMSG_TELLING.invokeExact(state, fd, headers, count, MSG_DONTWAIT, 0L);
      }
      return told(result);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Sends frames; returns how many were sent, or the negative error number of the first. */
  int sendMany(long headers, int count) {
    try {
      int result = -1;
      if (!refused) {
        result = (int) SENDMMSG.invokeExact(fd, headers, count, MSG_DONTWAIT);
      }
      if (result < 0) {
        // While it goes on, each frame is offered once.
        result = (int) SENDMMSG_TELLING.invokeExact(state, fd, headers, count, MSG_DONTWAIT);
        refused = result < 0;
      }
      return told(result);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  private boolean isEmpty() throws Throwable {
    return (int) POLL.invokeExact(polledAddress, 1L, 0) == 0;
  }

  private int told(long result) {
    return result < 0 ? -SystemCall.errno(state) : (int) result;
  }
}
