package io.dsr.linux.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;

/** On which CPUs a thread may run (sched_setaffinity(2)). */
public final class Affinity {

  /** CPUs have numbers from 0 up to this, exclusive. */
  public static final int MAXIMUM_CPUS = 8_192;

  private static final int CALLING_THREAD = 0;
  private static final MethodHandle SET =
      SystemCall.handle(
          "sched_setaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle GET =
      SystemCall.handle(
          "sched_getaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

  private Affinity() {}

  /**
   * Binds the calling thread to one CPU.
   *
   * @throws LinuxException with EINVAL if there is no such CPU, or the process may not use it
   */
  public static void bindThread(int cpu) throws LinuxException {
    if (cpu < 0 || cpu >= MAXIMUM_CPUS) {
      throw new IllegalArgumentException(
          "cpu: " + cpu + " (expected: 0 to " + (MAXIMUM_CPUS - 1) + ")");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MAXIMUM_CPUS / Byte.SIZE, Long.BYTES);
      mask.setAtIndex(JAVA_LONG, cpu / Long.SIZE, 1L << cpu);
      check(
          (int) SET.invokeExact(SystemCall.state(), CALLING_THREAD, mask.byteSize(), mask),
          "sched_setaffinity(CPU " + cpu + ")");
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  /** Returns the CPUs that the calling thread may run on. */
  public static BitSet ofThread() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MAXIMUM_CPUS / Byte.SIZE, Long.BYTES);
      check(
          (int) GET.invokeExact(SystemCall.state(), CALLING_THREAD, mask.byteSize(), mask),
          "sched_getaffinity");
      return BitSet.valueOf(mask.toArray(JAVA_LONG));
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable e) {
      throw SystemCall.unexpected(e);
    }
  }

  private static void check(int result, String call) throws LinuxException {
    int checked = SystemCall.check(result, call);
    assert checked >= 0 : "checked";
  }
}
