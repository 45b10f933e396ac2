package io.dsr.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One message of a received datagram, and what follows it. A length that does not fit ends the
 * datagram, or the attributes: nothing is read past them.
 *
 * @param rest the datagram from this message on
 */
public record NetlinkMessage(MemorySegment rest) {

  private static final int HEADER_LENGTH = 16;
  private static final int ATTRIBUTE_HEADER_LENGTH = 4;
  private static final int ALIGNMENT = 4;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_MULTI = 2;
  private static final int NLM_F_DUMP_INTR = 0x10;
  private static final int TYPE_MASK = 0x3fff;

  static NetlinkMessage first(MemorySegment datagram) {
    return new NetlinkMessage(datagram);
  }

  boolean isValid() {
    return rest.byteSize() >= HEADER_LENGTH
        && length() >= HEADER_LENGTH
        && length() <= rest.byteSize();
  }

  NetlinkMessage next() {
    return new NetlinkMessage(rest.asSlice(Math.min(aligned(length()), rest.byteSize())));
  }

  private long length() {
    return rest.get(JAVA_INT_UNALIGNED, 0);
  }

  /** Returns the type of the message. */
  public int type() {
    return Short.toUnsignedInt(rest.get(JAVA_SHORT_UNALIGNED, 4));
  }

  int sequence() {
    return rest.get(JAVA_INT_UNALIGNED, 8);
  }

  boolean isOfMany() {
    return (rest.get(JAVA_SHORT_UNALIGNED, 6) & NLM_F_MULTI) != 0;
  }

  /** Returns whether this is of a dump during which something changed. */
  boolean isInterrupted() {
    return (rest.get(JAVA_SHORT_UNALIGNED, 6) & NLM_F_DUMP_INTR) != 0;
  }

  boolean isDone() {
    return type() == NLMSG_DONE;
  }

  boolean isError() {
    return type() == NLMSG_ERROR;
  }

  /** Returns the negative error number of an error message, 0 for an acknowledgement. */
  int error() {
    return payload().byteSize() < 4 ? 0 : payload().get(JAVA_INT_UNALIGNED, 0);
  }

  /** Returns what follows the message's header. */
  public MemorySegment payload() {
    return rest.asSlice(HEADER_LENGTH, length() - HEADER_LENGTH);
  }

  /** Returns the value of an attribute behind a family header of {@code header} bytes, or null. */
  public @Nullable MemorySegment attribute(int header, int type) {
    MemorySegment payload = payload();
    long at = header;
    while (at + ATTRIBUTE_HEADER_LENGTH <= payload.byteSize()) {
      int length = Short.toUnsignedInt(payload.get(JAVA_SHORT_UNALIGNED, at));
      if (length < ATTRIBUTE_HEADER_LENGTH || at + length > payload.byteSize()) {
        return null;
      }
      if ((payload.get(JAVA_SHORT_UNALIGNED, at + 2) & TYPE_MASK) == type) {
        return payload.asSlice(at + ATTRIBUTE_HEADER_LENGTH, length - ATTRIBUTE_HEADER_LENGTH);
      }
      at += aligned(length);
    }
    return null;
  }

  /** Returns an attribute that is a 32-bit number, or {@code missing}. */
  public int number(int header, int type, int missing) {
    MemorySegment value = attribute(header, type);
    return value == null || value.byteSize() < 4 ? missing : value.get(JAVA_INT_UNALIGNED, 0);
  }

  /** Returns an attribute's bytes; none if it is missing. */
  public byte[] bytes(int header, int type) {
    MemorySegment value = attribute(header, type);
    return value == null ? new byte[0] : value.toArray(JAVA_BYTE);
  }

  private static long aligned(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
