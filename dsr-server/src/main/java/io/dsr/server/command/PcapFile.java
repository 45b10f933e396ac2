package io.dsr.server.command;

import io.dsr.server.control.ControlException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Takes one Ethernet frame out of a capture file of the classic format (IETF
 * draft-ietf-opsawg-pcap), of either byte order, in microseconds or nanoseconds.
 */
final class PcapFile {

  private static final int MICROSECONDS = 0xa1b2c3d4;
  private static final int NANOSECONDS = 0xa1b23c4d;
  private static final int NEXT_GENERATION = 0x0a0d0d0a;
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int LINK_TYPE = 20;
  private static final int ETHERNET = 1;
  private static final int LONGEST = 262_144;

  private PcapFile() {}

  /**
   * Returns a frame.
   *
   * @param index 1 for the first
   */
  static byte[] frame(Path file, int index) throws ControlException {
    if (index < 1) {
      throw ControlException.usage("--index: " + index + " (expected: 1 or more)");
    }
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      ByteOrder order = order(file, in);
      for (int number = 1; ; number++) {
        byte[] frame = next(file, in, order, number);
        if (number == index) {
          return frame;
        }
      }
    } catch (NoSuchFileException e) {
      throw ControlException.usage("--pcap: " + file + " does not exist (expected: a capture)");
    } catch (IOException e) {
      throw ControlException.failed("--pcap: " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static ByteOrder order(Path file, DataInputStream in)
      throws IOException, ControlException {
    byte[] header = in.readNBytes(FILE_HEADER);
    int magic = header.length < FILE_HEADER ? 0 : ByteBuffer.wrap(header).getInt();
    if (magic == NEXT_GENERATION) {
      throw ControlException.usage(
          "--pcap: " + file + " is of pcapng (cure: tcpdump -r " + file + " -w classic.pcap)");
    }
    ByteOrder order;
    if (magic == MICROSECONDS || magic == NANOSECONDS) {
      order = ByteOrder.BIG_ENDIAN;
    } else if (Integer.reverseBytes(magic) == MICROSECONDS
        || Integer.reverseBytes(magic) == NANOSECONDS) {
      order = ByteOrder.LITTLE_ENDIAN;
    } else {
      throw ControlException.usage(
          "--pcap: " + file + " is not a capture (expected: as tcpdump -w writes it)");
    }
    int link = ByteBuffer.wrap(header).order(order).getInt(LINK_TYPE) & 0xffff;
    if (link != ETHERNET) {
      throw ControlException.usage(
          "--pcap: " + file + " has frames of link type " + link + " (expected: 1, Ethernet)");
    }
    return order;
  }

  private static byte[] next(Path file, DataInputStream in, ByteOrder order, int number)
      throws IOException, ControlException {
    byte[] header = in.readNBytes(RECORD_HEADER);
    if (header.length == 0) {
      throw ControlException.usage(
          "--index: " + file + " ends after frame " + (number - 1) + " (expected: 1 to that)");
    }
    if (header.length < RECORD_HEADER) {
      throw new EOFException("frame " + number + " is cut off");
    }
    ByteBuffer record = ByteBuffer.wrap(header).order(order);
    int length = record.getInt(8);
    if (length < 0 || length > LONGEST) {
      throw new IOException("frame " + number + " has a length of " + length);
    }
    byte[] frame = in.readNBytes(length);
    if (frame.length < length) {
      throw new EOFException("frame " + number + " is cut off");
    }
    return frame;
  }
}
