package io.dsr.linux.packet;

import java.math.BigInteger;
import java.util.Arrays;

/** What a fanout program should answer, written down a second time, with big numbers and slices. */
final class FanoutReference {

  private static final BigInteger WORD = BigInteger.ONE.shiftLeft(32);

  private FanoutReference() {}

  static int socketOf(FanoutProgram program, FanoutFrames.Sample sample) {
    if (sample.packetType() == 4) {
      return 0;
    }
    byte[] packet = sample.bytes();
    int type = sample.protocol();
    try {
      if (type == 0x8100 || type == 0x88a8) {
        type = Byte.toUnsignedInt(packet[2]) << 8 | Byte.toUnsignedInt(packet[3]);
        packet = slice(packet, 4, packet.length - 4);
      }
      return switch (type) {
        case 0x0800 -> hash(program, program.ipv4(), ipv4Client(packet), 1);
        case 0x86dd ->
            isDiscovery(packet) ? 0 : hash(program, program.ipv6(), client6(program, packet), 4);
        default -> 0;
      };
    } catch (ArrayIndexOutOfBoundsException e) {
      return 0;
    }
  }

  private static byte[] ipv4Client(byte[] packet) {
    if (packet[9] == 1 && (packet[6] & 0x3f) == 0 && packet[7] == 0) {
      int header = (packet[0] & 15) * 4;
      int type = packet[header];
      if (type == 3 || type == 4 || type == 11 || type == 12) {
        return slice(packet, header + 8 + 16, 4);
      }
    }
    return slice(packet, 12, 4);
  }

  private static boolean isDiscovery(byte[] packet) {
    return packet[6] == 58 && packet[40] >= (byte) 133 && packet[40] <= (byte) 137;
  }

  /** Of a packet that is cut off, the part of the address that counts must be there. */
  private static byte[] client6(FanoutProgram program, byte[] packet) {
    boolean error = packet[6] == 58 && packet[40] >= 0; // the types of errors have no high bit
    int needed = 4 * ((program.ipv6().length() + 31) / 32);
    return Arrays.copyOf(slice(packet, error ? 72 : 8, needed), 16);
  }

  private static byte[] slice(byte[] bytes, int from, int length) {
    if (length < 0 || from + length > bytes.length) {
      throw new ArrayIndexOutOfBoundsException();
    }
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  private static int hash(FanoutProgram program, ClientHash keyed, byte[] address, int words) {
    int[] key = keyed.key();
    BigInteger all = new BigInteger(1, address);
    int drop = 32 * words - keyed.length();
    all = all.shiftRight(drop).shiftLeft(drop);
    BigInteger hash = BigInteger.ZERO;
    for (int i = 0; i < key.length; i++) {
      BigInteger word = all.shiftRight(32 * (words - 1 - i)).mod(WORD);
      if (i == 0) {
        hash = word.xor(unsigned(key[0]));
      } else {
        hash = shifted(hash.multiply(unsigned(key[i])).mod(WORD), 15).xor(word);
      }
    }
    hash = shifted(hash, 16).multiply(unsigned(0x85ebca6b)).mod(WORD);
    hash = shifted(hash, 13).multiply(unsigned(0xc2b2ae35)).mod(WORD);
    return shifted(hash, 16).mod(BigInteger.valueOf(program.sockets())).intValue();
  }

  private static BigInteger shifted(BigInteger hash, int bits) {
    return hash.xor(hash.shiftRight(bits));
  }

  private static BigInteger unsigned(int word) {
    return BigInteger.valueOf(Integer.toUnsignedLong(word));
  }
}
