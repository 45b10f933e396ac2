package io.dsr.linux.packet;

import java.util.Arrays;

/**
 * Writes instructions of classic BPF (linux/bpf_common.h), packed into longs: code in the top 16
 * bits, then the two jumps of 8 bits, then the operand.
 *
 * <p>All jumps go forward; a conditional one reaches 255 instructions and an unconditional one any
 * distance.
 */
final class FilterAssembler {

  /** The operand of {@link #answer} that lets the frame through, uncut. */
  static final int WHOLE_FRAME = -1;

  static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  static final int LOAD_HALF = 0x28;
  static final int LOAD_BYTE = 0x30;
  static final int LOAD_WORD_BEHIND = 0x40; // BPF_LD | BPF_W | BPF_IND: at X + operand
  static final int LOAD_BYTE_BEHIND = 0x50;
  static final int LOAD_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: of IPv4, into X
  static final int JUMP = 0x05; // BPF_JMP | BPF_JA
  static final int JUMP_IF_EQUAL = 0x15;
  static final int JUMP_IF_GREATER = 0x25;
  static final int JUMP_IF_SET = 0x45;
  static final int RETURN = 0x06; // BPF_RET | BPF_K
  static final int RETURN_A = 0x16;
  static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
  static final int MULTIPLY = 0x24; // BPF_ALU | BPF_MUL | BPF_K
  static final int SHIFT_RIGHT = 0x74; // BPF_ALU | BPF_RSH | BPF_K
  static final int MODULO = 0x94; // BPF_ALU | BPF_MOD | BPF_K, Linux 3.7
  static final int XOR = 0xa4; // BPF_ALU | BPF_XOR | BPF_K, Linux 3.7
  static final int XOR_X = 0xac; // BPF_ALU | BPF_XOR | BPF_X
  static final int COPY_TO_X = 0x07; // BPF_MISC | BPF_TAX

  private static final int FARTHEST = 255;

  /** A jump to where nothing leads: stands for the end of the program until that is known. */
  private static final long MISS = (long) JUMP << 48 | 0xffff_ffffL;

  private long[] instructions = new long[64];
  private int length;

  int length() {
    return length;
  }

  void add(int code, int operand) {
    add(code, 0, 0, operand);
  }

  /** Adds a conditional jump that skips {@code ifTrue} or {@code ifFalse} instructions. */
  void add(int code, int ifTrue, int ifFalse, int operand) {
    if (ifTrue > FARTHEST || ifFalse > FARTHEST) {
      throw new IllegalStateException("jump: " + ifTrue + ", " + ifFalse + " (expected: <= 255)");
    }
    if (length == instructions.length) {
      instructions = Arrays.copyOf(instructions, 2 * length);
    }
    instructions[length++] =
        (long) code << 48
            | (long) ifTrue << 40
            | (long) ifFalse << 32
            | Integer.toUnsignedLong(operand);
  }

  /** Ends the program with a verdict: bytes of the frame to let through, 0 for none. */
  void answer(int bytes) {
    add(RETURN, bytes);
  }

  /** Jumps behind the end of the program, once {@link #bindMisses} knows where that is. */
  void miss() {
    add(JUMP, (int) MISS);
  }

  /** Makes here the end that every {@link #miss} so far leads to. */
  void bindMisses() {
    for (int i = 0; i < length; i++) {
      if (instructions[i] == MISS) {
        instructions[i] = (long) JUMP << 48 | (length - i - 1);
      }
    }
  }

  void append(FilterAssembler other) {
    for (int i = 0; i < other.length; i++) {
      long instruction = other.instructions[i];
      add(
          (int) (instruction >>> 48),
          (int) (instruction >>> 40) & 0xff,
          (int) (instruction >>> 32) & 0xff,
          (int) instruction);
    }
  }

  long[] toArray() {
    return Arrays.copyOf(instructions, length);
  }
}
