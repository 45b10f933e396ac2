package io.dsr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A program's attachment to a hook, which ends when the descriptor is closed: by {@link #close}, or
 * by the kernel when this process ends, however it ends.
 */
public final class BpfLink extends BpfDescriptor {

  private static final int TCX_INGRESS = 46;

  /** BPF_F_BEFORE with nothing to be before: at the head of the list. */
  private static final int FIRST = 1 << 3;

  // BPF_LINK_CREATE
  private static final long PROGRAM = 0;
  private static final long INTERFACE = 4;
  private static final long ATTACH_TYPE = 8;
  private static final long FLAGS = 12;

  private BpfLink(int descriptor) {
    super(descriptor);
  }

  /**
   * Attaches a classifier to an interface's ingress, after packet taps and before every other
   * program there: an earlier one could take frames away.
   *
   * @param interfaceIndex an interface of the calling thread's network namespace
   * @throws LinuxException with ENODEV if there is no such interface, EINVAL before Linux 6.6
   */
  public static BpfLink tcxIngress(BpfProgram program, int interfaceIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = BpfCall.attribute(arena);
      attribute.set(JAVA_INT, PROGRAM, program.number());
      attribute.set(JAVA_INT, INTERFACE, interfaceIndex);
      attribute.set(JAVA_INT, ATTACH_TYPE, TCX_INGRESS);
      attribute.set(JAVA_INT, FLAGS, FIRST);
      int result = BpfCall.call(BpfCall.LINK_CREATE, attribute);
      String what = "BPF_LINK_CREATE on TCX ingress of interface " + interfaceIndex;
      if (result == -Errno.EINVAL) {
        what += " (needs Linux 6.6)";
      }
      return new BpfLink(BpfCall.check(result, what));
    }
  }
}
