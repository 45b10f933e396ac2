package io.dsr.linux.nftables;

/**
 * Writes a rule's expressions, the instructions of nf_tables' machine, in their order ({@code
 * include/uapi/linux/netfilter/nf_tables.h}). Every value goes through register 1; a comparison or
 * lookup that fails ends the rule.
 */
final class Expressions {

  private static final int LIST_ELEMENT = 1;
  private static final int NAME = 1;
  private static final int DATA = 2;
  private static final int VALUE = 1;
  private static final int VERDICT = 2;
  private static final int VERDICT_CODE = 1;
  private static final int DROP = 0;
  private static final int VERDICT_REGISTER = 0;
  private static final int REGISTER = 1;
  private static final int META_PROTOCOL = 1;
  private static final int NETWORK_HEADER = 1;
  private static final int EQUAL = 0;

  private final NetlinkWriter writer;

  Expressions(NetlinkWriter writer) {
    this.writer = writer;
  }

  /** Goes on if the frame's EtherType is {@code etherType}. */
  Expressions etherType(int etherType) {
    expression("meta", () -> writer.number(1, REGISTER).number(2, META_PROTOCOL));
    return equal((byte) (etherType >> 8), (byte) etherType);
  }

  /** Loads bytes from behind the link layer's header. */
  Expressions load(int offset, int length) {
    return expression(
        "payload",
        () ->
            writer
                .number(1, REGISTER)
                .number(2, NETWORK_HEADER)
                .number(3, offset)
                .number(4, length));
  }

  /** Goes on if what was loaded is {@code value}. */
  Expressions equal(byte... value) {
    return expression(
        "cmp",
        () ->
            writer
                .number(1, REGISTER)
                .number(2, EQUAL)
                .nested(3, () -> writer.bytes(VALUE, value)));
  }

  /** Clears those bits of what was loaded that {@code mask} has not set. */
  Expressions and(byte[] mask) {
    return expression(
        "bitwise",
        () ->
            writer
                .number(1, REGISTER)
                .number(2, REGISTER)
                .number(3, mask.length)
                .nested(4, () -> writer.bytes(VALUE, mask))
                .nested(5, () -> writer.bytes(VALUE, new byte[mask.length])));
  }

  /** Goes on if what was loaded is in {@code set}. */
  Expressions in(String set) {
    return expression("lookup", () -> writer.text(1, set).number(2, REGISTER));
  }

  /** Drops the frame. */
  Expressions drop() {
    return expression(
        "immediate",
        () ->
            writer
                .number(1, VERDICT_REGISTER)
                .nested(2, () -> writer.nested(VERDICT, () -> writer.number(VERDICT_CODE, DROP))));
  }

  private Expressions expression(String name, Runnable data) {
    writer.nested(LIST_ELEMENT, () -> writer.text(NAME, name).nested(DATA, data));
    return this;
  }
}
