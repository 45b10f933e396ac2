package io.dsr.linux.suppression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Looks an interface up in the calling thread's network namespace; {@code java.net} reads some of
 * what it knows from the process's own (netdevice(7)).
 */
final class GuardedInterface {

  private static final int NAME_LENGTH = 16;
  private static final int REQUEST_LENGTH = 40;
  private static final long SIOCGIFHWADDR = 0x8927;
  private static final int ARPHRD_ETHER = 1;
  private static final int ARPHRD_LOOPBACK = 772;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;

  private static final MethodHandle INDEX =
      SystemCall.handle("if_nametoindex", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle NAME =
      SystemCall.handle("if_indextoname", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS));
  private static final MethodHandle SOCKET =
      SystemCall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      SystemCall.variadicHandle(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle CLOSE =
      SystemCall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private GuardedInterface() {}

  /** Returns an interface's index. */
  static int index(String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      int index = (int) INDEX.invokeExact(SystemCall.state(), arena.allocateFrom(name));
      if (index == 0) {
        throw new LinuxException("interface " + name, SystemCall.errno(SystemCall.state()));
      }
      return index;
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  /** Returns the name of an interface whose frames begin with an Ethernet header. */
  static String ethernetName(int index) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      // struct ifreq begins with the name; the hardware address's family follows it.
      MemorySegment request = arena.allocate(REQUEST_LENGTH, 8);
      if ((long) NAME.invokeExact(SystemCall.state(), index, request) == 0) {
        // ENXIO for the kernel's ENODEV, says if_indextoname(3).
        throw new LinuxException("interface " + index, Errno.ENODEV);
      }
      String name = request.getString(0);
      int type = hardwareType(request, name);
      if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
        throw new LinuxException(
            "interface " + name + " is not Ethernet but ARPHRD " + type, Errno.EOPNOTSUPP);
      }
      return name;
    } catch (LinuxException failed) {
      throw failed;
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
  }

  private static int hardwareType(MemorySegment request, String name) throws Throwable {
    MemorySegment state = SystemCall.state();
    int socket = (int) SOCKET.invokeExact(state, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    SystemCall.check(socket, "socket");
    try {
      int result = (int) IOCTL.invokeExact(state, socket, SIOCGIFHWADDR, request);
      SystemCall.check(result, "ioctl SIOCGIFHWADDR " + name);
      return Short.toUnsignedInt(request.get(JAVA_SHORT, NAME_LENGTH));
    } finally {
      int ignored = (int) CLOSE.invokeExact(state, socket);
    }
  }
}
