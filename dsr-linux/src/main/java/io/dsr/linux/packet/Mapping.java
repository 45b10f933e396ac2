package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Memory by mmap(2), which is unmapped when its arena closes. */
final class Mapping {

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
  private static final MethodHandle MMAP =
      SystemCall.handle(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      SystemCall.handle("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private Mapping() {}

  /** Maps the ring of a packet socket. */
  static MemorySegment ofRing(int fd, long size, Arena arena) throws LinuxException {
    return map(fd, MAP_SHARED_POPULATE, size, arena, "packet ring");
  }

  /** Maps memory that costs nothing before it is touched. */
  static MemorySegment anonymous(long size, Arena arena) throws LinuxException {
    return map(-1, MAP_PRIVATE_ANONYMOUS_NORESERVE, size, arena, "anonymous");
  }

  private static MemorySegment map(int fd, int flags, long size, Arena arena, String what)
      throws LinuxException {
    long address;
    try {
      MemorySegment state = SystemCall.state();
      address = (long) MMAP.invokeExact(state, 0L, size, PROT_READ_WRITE, flags, fd, 0L);
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
    if (address == -1) {
      String call = "mmap(" + what + ", " + size + " bytes)";
      throw new LinuxException(call, SystemCall.errno(SystemCall.state()));
    }
    return MemorySegment.ofAddress(address).reinterpret(size, arena, Mapping::unmap);
  }

  private static void unmap(MemorySegment mapped) {
    try {
      int result =
          (int) MUNMAP.invokeExact(SystemCall.state(), mapped.address(), mapped.byteSize());
      assert result == 0 : "munmap of a whole mapping cannot fail";
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }
}
