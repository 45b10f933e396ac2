package io.dsr.linux.packet;

/** Runs classic BPF on a frame as the kernel does: a load past the end rejects the frame. */
final class FilterInterpreter {

  private static final int PACKET_TYPE = -0x1000 + 4;
  private static final int PROTOCOL = -0x1000;

  private final PacketFilter filter;
  private int steps;

  FilterInterpreter(PacketFilter filter) {
    this.filter = filter;
  }

  /** Returns how many instructions the last run took. */
  int steps() {
    return steps;
  }

  boolean accepts(byte[] frame, int packetType) {
    return run(frame, packetType, 0) != 0;
  }

  /** Returns what the program answers: 0 if it loads what is not there. */
  int run(byte[] frame, int packetType, int protocol) {
    int a = 0;
    int x = 0;
    int next = 0;
    for (steps = 1; ; steps++) {
      long instruction = filter.instruction(next++);
      int code = (int) (instruction >>> 48);
      int operand = (int) instruction;
      int ifTrue = (int) (instruction >>> 40) & 0xff;
      int ifFalse = (int) (instruction >>> 32) & 0xff;
      switch (code) {
        case 0x20, 0x28, 0x30 -> {
          int width = code == 0x20 ? 4 : code == 0x28 ? 2 : 1;
          if (operand == PACKET_TYPE) {
            a = packetType;
          } else if (operand == PROTOCOL) {
            a = protocol;
          } else if (operand < 0 || operand + width > frame.length) {
            return 0;
          } else {
            a = load(frame, operand, width);
          }
        }
        case 0x40, 0x50 -> {
          int width = code == 0x40 ? 4 : 1;
          if (x + operand + width > frame.length) {
            return 0;
          }
          a = load(frame, x + operand, width);
        }
        case 0xb1 -> {
          if (operand >= frame.length) {
            return 0;
          }
          x = 4 * (frame[operand] & 0xf);
        }
        case 0x05 -> next += operand;
        case 0x15 -> next += a == operand ? ifTrue : ifFalse;
        case 0x25 -> next += Integer.compareUnsigned(a, operand) > 0 ? ifTrue : ifFalse;
        case 0x45 -> next += (a & operand) != 0 ? ifTrue : ifFalse;
        case 0x74 -> a >>>= operand;
        case 0x94 -> a = Integer.remainderUnsigned(a, operand);
        case 0xa4 -> a ^= operand;
        case 0x16 -> {
          return a;
        }
        case 0x54 -> a &= operand;
        case 0x24 -> a *= operand;
        case 0xac -> a ^= x;
        case 0x07 -> x = a;
        case 0x06 -> {
          return operand;
        }
        default -> throw new IllegalStateException("code " + Integer.toHexString(code));
      }
    }
  }

  private static int load(byte[] frame, int offset, int width) {
    int value = 0;
    for (int i = 0; i < width; i++) {
      value = (value << 8) | (frame[offset + i] & 0xff);
    }
    return value;
  }
}
