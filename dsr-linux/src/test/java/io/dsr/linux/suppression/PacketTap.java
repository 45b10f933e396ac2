package io.dsr.linux.suppression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.call.SystemCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A packet socket that sends frames and sees what an interface receives, not what it sends. */
final class PacketTap implements AutoCloseable {

  private static final MethodHandle SOCKET =
      SystemCall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      SystemCall.handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      SystemCall.handle(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SEND = SystemCall.handle("send", TRANSFER);
  private static final MethodHandle RECV = SystemCall.handle("recv", TRANSFER);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final int socket;

  /** Opens a tap in the calling thread's network namespace. */
  PacketTap(String interfaceName) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = SystemCall.state();
      socket = SystemCall.check((int) SOCKET.invokeExact(state, 17, 3 | 0x80000, 0), "socket");
      option(arena, 263, 23, 1);
      MemorySegment timeout = arena.allocateFrom(JAVA_LONG, 3, 0);
      int timed = (int) SETSOCKOPT.invokeExact(state, socket, 1, 20, timeout, 16);
      SystemCall.check(timed, "SO_RCVTIMEO");
      MemorySegment address = arena.allocate(20, 4);
      address.set(JAVA_SHORT, 0, (short) 17);
      address.set(JAVA_SHORT, 2, (short) 0x0300);
      address.set(JAVA_INT, 4, GuardedInterface.index(interfaceName));
      SystemCall.check((int) BIND.invokeExact(state, socket, address, 20), "bind");
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  void send(byte[] frame) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocateFrom(JAVA_BYTE, frame);
      long sent = (long) SEND.invokeExact(SystemCall.state(), socket, out, out.byteSize(), 0);
      SystemCall.check((int) sent, "send");
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Returns what comes before the frame that {@code fence} knows; fails if that never comes. */
  List<byte[]> until(Predicate<byte[]> fence) throws IOException {
    List<byte[]> frames = new ArrayList<>();
    for (byte[] frame = next(); !fence.test(frame); frame = next()) {
      frames.add(frame);
    }
    return frames;
  }

  @Override
  public void close() {
    try {
      int ignored = (int) CLOSE.invokeExact(SystemCall.state(), socket);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  private byte[] next() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(2048);
      long length = (long) RECV.invokeExact(SystemCall.state(), socket, in, in.byteSize(), 0);
      SystemCall.check((int) length, "recv");
      return in.asSlice(0, length).toArray(JAVA_BYTE);
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  private void option(Arena arena, int level, int name, int value) throws Throwable {
    MemorySegment segment = arena.allocateFrom(JAVA_INT, value);
    int result = (int) SETSOCKOPT.invokeExact(SystemCall.state(), socket, level, name, segment, 4);
    SystemCall.check(result, "setsockopt " + name);
  }
}
