package io.dsr.linux.nftables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's answer to one message (NLMSG_ERROR): its sequence number, an error number or zero,
 * and the kernel's own words, often none (NETLINK_EXT_ACK).
 */
record Acknowledgement(int sequence, int errno, String words) {

  private static final int ERROR = 2;
  private static final int CAPPED = 0x100;
  private static final int HAS_ATTRIBUTES = 0x200;
  private static final int WORDS = 1;

  // After the answer's own header: the error, then the header of the message it answers.
  private static final int ERROR_CODE = 16;
  private static final int ANSWERED_LENGTH = 20;
  private static final int ANSWERED_SEQUENCE = 28;
  private static final int FIXED_LENGTH = 36;

  /** Returns the answers in a datagram; what is not one, or is cut short, is left out. */
  static List<Acknowledgement> parse(byte[] datagram, int length) {
    ByteBuffer buffer = ByteBuffer.wrap(datagram, 0, length).order(ByteOrder.nativeOrder());
    List<Acknowledgement> found = new ArrayList<>();
    int start = 0;
    while (length - start >= NetlinkWriter.HEADER_LENGTH) {
      int size = buffer.getInt(start);
      if (size < NetlinkWriter.HEADER_LENGTH || size > length - start) {
        break;
      }
      if (buffer.getShort(start + 4) == ERROR && size >= FIXED_LENGTH) {
        found.add(
            new Acknowledgement(
                buffer.getInt(start + ANSWERED_SEQUENCE),
                -buffer.getInt(start + ERROR_CODE),
                words(buffer, start, size)));
      }
      start += size + 3 & ~3;
    }
    return found;
  }

  private static String words(ByteBuffer buffer, int start, int size) {
    int flags = buffer.getShort(start + 6);
    if ((flags & HAS_ATTRIBUTES) == 0) {
      return "";
    }
    int end = start + size;
    int at = start + FIXED_LENGTH;
    if ((flags & CAPPED) == 0) {
      // The whole message that is answered comes back before the attributes.
      long answered = Math.max(buffer.getInt(start + ANSWERED_LENGTH), 16) + 3L & ~3L;
      at = (int) Math.min(end, start + ANSWERED_LENGTH + answered);
    }
    while (end - at >= NetlinkWriter.ATTRIBUTE_HEADER_LENGTH) {
      int length = Short.toUnsignedInt(buffer.getShort(at));
      if (length < NetlinkWriter.ATTRIBUTE_HEADER_LENGTH || length > end - at) {
        break;
      }
      if ((buffer.getShort(at + 2) & 0x3fff) == WORDS) {
        return text(buffer, at + NetlinkWriter.ATTRIBUTE_HEADER_LENGTH, at + length);
      }
      at += length + 3 & ~3;
    }
    return "";
  }

  private static String text(ByteBuffer buffer, int from, int to) {
    int end = from;
    while (end < to && buffer.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - from];
    buffer.get(from, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
