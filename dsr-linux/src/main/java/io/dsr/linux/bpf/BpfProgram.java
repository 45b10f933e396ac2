package io.dsr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A program that the kernel's verifier took, kept loaded by its descriptor and by its links. */
public final class BpfProgram extends BpfDescriptor {

  private static final int SCHED_CLS = 3;
  private static final int LOG_LENGTH = 1 << 16;
  private static final int ATTEMPTS = 5;

  /** Not one of the kernel's GPL-compatible names: no GPL-only helper may be called, none is. */
  private static final String LICENSE = "Apache-2.0";

  // BPF_PROG_LOAD
  private static final long TYPE = 0;
  private static final long INSTRUCTION_COUNT = 4;
  private static final long INSTRUCTIONS = 8;
  private static final long LICENSE_TEXT = 16;
  private static final long LOG_LEVEL = 24;
  private static final long LOG_SIZE = 28;
  private static final long LOG = 32;
  private static final long NAME = 48;

  private BpfProgram(int descriptor) {
    super(descriptor);
  }

  /**
   * Loads a traffic classifier, which sees {@code struct __sk_buff}.
   *
   * @param name for bpftool's eyes: up to 15 letters, digits, dots and underscores
   * @param instructions what {@link BpfAssembler#assemble} made
   * @throws LinuxException with EPERM where bpf(2) is not allowed; else with the verifier's log
   */
  public static BpfProgram loadClassifier(String name, byte[] instructions) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = BpfCall.attribute(arena);
      MemorySegment code = arena.allocate(instructions.length, 8);
      MemorySegment.copy(instructions, 0, code, JAVA_BYTE, 0, instructions.length);
      attribute.set(JAVA_INT, TYPE, SCHED_CLS);
      attribute.set(JAVA_INT, INSTRUCTION_COUNT, instructions.length / BpfAssembler.LENGTH);
      attribute.set(JAVA_LONG, INSTRUCTIONS, code.address());
      attribute.set(JAVA_LONG, LICENSE_TEXT, arena.allocateFrom(LICENSE).address());
      BpfCall.name(attribute, NAME, name);
      String what = "BPF_PROG_LOAD " + name;
      int descriptor = load(attribute);
      if (descriptor < 0 && descriptor != -Errno.EPERM) {
        what += ", verifier's log: " + verifierLog(arena, attribute);
      }
      return new BpfProgram(BpfCall.check(descriptor, what));
    }
  }

  /** The verifier gives up with EAGAIN when a signal is pending. */
  private static int load(MemorySegment attribute) {
    int result = -Errno.EAGAIN;
    for (int attempt = 0; attempt < ATTEMPTS && result == -Errno.EAGAIN; attempt++) {
      result = BpfCall.call(BpfCall.PROG_LOAD, attribute);
    }
    return result;
  }

  private static String verifierLog(Arena arena, MemorySegment attribute) {
    MemorySegment log = arena.allocate(LOG_LENGTH);
    attribute.set(JAVA_INT, LOG_LEVEL, 1);
    attribute.set(JAVA_INT, LOG_SIZE, LOG_LENGTH);
    attribute.set(JAVA_LONG, LOG, log.address());
    int descriptor = load(attribute);
    if (descriptor >= 0) {
      BpfCall.close(descriptor);
    }
    return log.getString(0).strip();
  }
}
