package io.dsr.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles the few BPF instructions that our programs are made of (RFC 9669).
 *
 * <p>Registers are numbers 0 to 10: 0 takes results, 1 to 5 are arguments and lost by a call, 6 to
 * 9 are kept, 10 is the frame's end, below which are 512 bytes of stack. Jumps go to labels, bound
 * before or after. Little-endian, as every architecture is whose bpf(2) number we know.
 */
public final class BpfAssembler {

  /** The length of an instruction in bytes; a map's address takes two instructions. */
  public static final int LENGTH = 8;

  /** The register that points at the end of the stack. */
  public static final int STACK_END = 10;

  private static final int LOAD_IMMEDIATE_64 = 0x18;
  private static final int LOAD_WORD = 0x61;
  private static final int LOAD_HALF = 0x69;
  private static final int LOAD_BYTE = 0x71;
  private static final int STORE_WORD = 0x62;
  private static final int ADD_IMMEDIATE = 0x07;
  private static final int MOVE_IMMEDIATE = 0xb7;
  private static final int MOVE = 0xbf;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_NOT_EQUAL = 0x55;
  private static final int CALL = 0x85;
  private static final int EXIT = 0x95;
  private static final int PSEUDO_MAP_DESCRIPTOR = 1;

  /** A place in the program. Belongs to one assembler. */
  public static final class Label {
    private static final int UNBOUND = -1;
    private int position = UNBOUND;

    /** Creates a label of no place yet. */
    public Label() {}
  }

  private record Jump(int at, Label target) {}

  private final List<Long> code = new ArrayList<>();
  private final List<Jump> jumps = new ArrayList<>();

  /** Creates an assembler of an empty program. */
  public BpfAssembler() {}

  /**
   * Binds {@code label} to the next instruction.
   *
   * @throws IllegalStateException if it is bound already
   */
  public BpfAssembler bind(Label label) {
    if (label.position != Label.UNBOUND) {
      throw new IllegalStateException("label is bound twice: to " + label.position);
    }
    label.position = code.size();
    return this;
  }

  /** Copies a register. */
  public BpfAssembler move(int destination, int source) {
    return emit(MOVE, destination, source, 0, 0);
  }

  /** Sets a register to a sign-extended number. */
  public BpfAssembler moveImmediate(int destination, int value) {
    return emit(MOVE_IMMEDIATE, destination, 0, 0, value);
  }

  /** Adds a sign-extended number to a register. */
  public BpfAssembler addImmediate(int destination, int value) {
    return emit(ADD_IMMEDIATE, destination, 0, 0, value);
  }

  /** Loads four bytes at {@code base + offset}, zero-extended. */
  public BpfAssembler loadWord(int destination, int base, int offset) {
    return emit(LOAD_WORD, destination, base, offset, 0);
  }

  /** Loads two bytes at {@code base + offset}, zero-extended. */
  public BpfAssembler loadHalf(int destination, int base, int offset) {
    return emit(LOAD_HALF, destination, base, offset, 0);
  }

  /** Loads a byte at {@code base + offset}, zero-extended. */
  public BpfAssembler loadByte(int destination, int base, int offset) {
    return emit(LOAD_BYTE, destination, base, offset, 0);
  }

  /** Stores a number as four bytes at {@code base + offset}. */
  public BpfAssembler storeWord(int base, int offset, int value) {
    return emit(STORE_WORD, base, 0, offset, value);
  }

  /** Sets a register to a map's address. */
  public BpfAssembler loadMap(int destination, BpfMap map) {
    return loadMap(destination, map.number());
  }

  BpfAssembler loadMap(int destination, int descriptor) {
    emit(LOAD_IMMEDIATE_64, destination, PSEUDO_MAP_DESCRIPTOR, 0, descriptor);
    return emit(0, 0, 0, 0, 0);
  }

  /** Calls a helper of the kernel by its number. */
  public BpfAssembler call(int helper) {
    return emit(CALL, 0, 0, 0, helper);
  }

  /** Jumps. */
  public BpfAssembler jump(Label target) {
    return jump(JUMP, 0, 0, target);
  }

  /** Jumps if a register equals a sign-extended number. */
  public BpfAssembler jumpIfEqual(int register, int value, Label target) {
    return jump(JUMP_EQUAL, register, value, target);
  }

  /** Jumps unless a register equals a sign-extended number. */
  public BpfAssembler jumpIfNotEqual(int register, int value, Label target) {
    return jump(JUMP_NOT_EQUAL, register, value, target);
  }

  /** Returns from the program with register 0. */
  public BpfAssembler exit() {
    return emit(EXIT, 0, 0, 0, 0);
  }

  /**
   * Returns the program, its jumps resolved.
   *
   * @throws IllegalStateException if a jump's label was never bound, or is too far away
   */
  public byte[] assemble() {
    ByteBuffer program = ByteBuffer.allocate(code.size() * LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    code.forEach(program::putLong);
    for (Jump jump : jumps) {
      int distance = jump.target.position - jump.at - 1;
      if (jump.target.position == Label.UNBOUND || distance != (short) distance) {
        throw new IllegalStateException("jump at " + jump.at + " has no target");
      }
      program.putShort(jump.at * LENGTH + 2, (short) distance);
    }
    return program.array();
  }

  private BpfAssembler jump(int operation, int register, int value, Label target) {
    jumps.add(new Jump(code.size(), target));
    return emit(operation, register, 0, 0, value);
  }

  private BpfAssembler emit(int operation, int destination, int source, int offset, int value) {
    code.add(
        operation
            | (long) destination << 8
            | (long) source << 12
            | (offset & 0xffffL) << 16
            | (long) value << 32);
    return this;
  }
}
