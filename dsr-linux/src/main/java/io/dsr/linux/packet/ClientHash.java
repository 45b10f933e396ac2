package io.dsr.linux.packet;

import static io.dsr.linux.packet.FilterAssembler.AND;
import static io.dsr.linux.packet.FilterAssembler.COPY_TO_X;
import static io.dsr.linux.packet.FilterAssembler.LOAD_WORD;
import static io.dsr.linux.packet.FilterAssembler.MODULO;
import static io.dsr.linux.packet.FilterAssembler.MULTIPLY;
import static io.dsr.linux.packet.FilterAssembler.RETURN_A;
import static io.dsr.linux.packet.FilterAssembler.SHIFT_RIGHT;
import static io.dsr.linux.packet.FilterAssembler.XOR;
import static io.dsr.linux.packet.FilterAssembler.XOR_X;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * A keyed hash of the leading bits of an address, in Java and as instructions of classic BPF, which
 * has 32-bit words and two registers.
 *
 * <p>The first word is mixed with a random number; each further one is joined by a multiplication
 * with a random odd number, and a shift so that high bits reach low ones. The end is MurmurHash3's
 * finaliser (Austin Appleby), without which addresses at even distances would share a remainder.
 */
final class ClientHash {

  private static final int FIRST_MULTIPLIER = 0x85ebca6b;
  private static final int SECOND_MULTIPLIER = 0xc2b2ae35;

  private final int[] key;
  private final int length;
  private final int choices;

  /**
   * Makes a hash with a key.
   *
   * @param key a number, then an odd one for each further word into which {@code length} reaches
   * @param length the leading bits that count
   * @param choices the hash is below this
   */
  ClientHash(int[] key, int length, int choices) {
    this.key = key.clone();
    this.length = length;
    this.choices = choices;
  }

  static ClientHash withRandomKey(int length, int choices) {
    var random = new SecureRandom();
    int[] key = new int[(length + Integer.SIZE - 1) / Integer.SIZE];
    key[0] = random.nextInt();
    for (int i = 1; i < key.length; i++) {
      key[i] = random.nextInt() | 1;
    }
    return new ClientHash(key, length, choices);
  }

  int[] key() {
    return key.clone();
  }

  int length() {
    return length;
  }

  /** Returns the hash of an address. */
  int of(byte[] address) {
    ByteBuffer words = ByteBuffer.wrap(address);
    int hash = (words.getInt() & mask(0)) ^ key[0];
    for (int i = 1; i < key.length; i++) {
      hash *= key[i];
      hash ^= hash >>> 15;
      hash ^= words.getInt() & mask(i);
    }
    hash ^= hash >>> 16;
    hash *= FIRST_MULTIPLIER;
    hash ^= hash >>> 13;
    hash *= SECOND_MULTIPLIER;
    hash ^= hash >>> 16;
    return Integer.remainderUnsigned(hash, choices);
  }

  /** Adds what makes the hash of the one word in A the program's answer. */
  void addAnswer(FilterAssembler program) {
    addAnswer(program, 0);
  }

  /**
   * Adds what makes the hash the program's answer.
   *
   * @param rest where the words are that follow the one in A
   */
  void addAnswer(FilterAssembler program, int rest) {
    addMask(program, 0);
    program.add(XOR, key[0]);
    for (int i = 1; i < key.length; i++) {
      program.add(MULTIPLY, key[i]);
      addShiftAndXor(program, 15);
      program.add(COPY_TO_X, 0);
      program.add(LOAD_WORD, rest + (i - 1) * Integer.BYTES);
      addMask(program, i);
      program.add(XOR_X, 0);
    }
    addShiftAndXor(program, 16);
    program.add(MULTIPLY, FIRST_MULTIPLIER);
    addShiftAndXor(program, 13);
    program.add(MULTIPLY, SECOND_MULTIPLIER);
    addShiftAndXor(program, 16);
    program.add(MODULO, choices);
    program.add(RETURN_A, 0);
  }

  private static void addShiftAndXor(FilterAssembler program, int bits) {
    program.add(COPY_TO_X, 0);
    program.add(SHIFT_RIGHT, bits);
    program.add(XOR_X, 0);
  }

  private void addMask(FilterAssembler program, int word) {
    if (mask(word) != -1) {
      program.add(AND, mask(word));
    }
  }

  /** Returns the bits of a word that count; each word of the key has one at least. */
  private int mask(int word) {
    int bits = length - word * Integer.SIZE;
    return bits >= Integer.SIZE ? -1 : -1 << (Integer.SIZE - bits);
  }
}
