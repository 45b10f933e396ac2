package io.dsr.linux.suppression;

import io.dsr.linux.bpf.BpfAssembler;
import io.dsr.linux.bpf.BpfAssembler.Label;
import io.dsr.linux.bpf.BpfMap;

/**
 * The classifier that drops frames for addresses in two tries and hands all others to the next
 * program.
 *
 * <p>By the time TCX runs, the kernel has moved an outer VLAN tag out of the frame, so the network
 * header always lies behind 14 bytes and {@code __sk_buff.protocol} is what follows the tag. Bytes
 * are fetched by a helper, for headers may lie in a fragment of the buffer; a frame too short for
 * them passes, and the stack throws it away.
 */
final class VipDropProgram {

  private static final int NEXT = -1;
  private static final int DROP = 2;

  private static final int MAP_LOOKUP = 1;
  private static final int SKB_LOAD_BYTES = 26;
  private static final int SKB_PROTOCOL = 16;

  // EtherTypes and the ARP operation in network byte order, as a little-endian CPU loads them.
  private static final int IPV4 = 0x0008;
  private static final int IPV6 = 0xdd86;
  private static final int ARP = 0x0608;
  private static final int ARP_REQUEST = 0x0100;

  private static final int ICMPV6 = 58;
  private static final int NEIGHBOUR_SOLICITATION = 135;

  private static final int NETWORK_HEADER = 14;
  private static final int IPV4_DESTINATION = NETWORK_HEADER + 16;
  private static final int IPV6_NEXT_HEADER = NETWORK_HEADER + 6;
  private static final int IPV6_DESTINATION = NETWORK_HEADER + 24;
  private static final int ICMPV6_TYPE = NETWORK_HEADER + 40;
  private static final int SOLICITATION_TARGET = NETWORK_HEADER + 48;
  private static final int ARP_OPERATION = NETWORK_HEADER + 6;
  private static final int ARP_TARGET = NETWORK_HEADER + 24;

  private static final int RESULT = 0;
  private static final int CONTEXT = 6;

  /** Where on the stack fetched bytes go; in front of an address is how many of its bits count. */
  private static final int SCRATCH = -16;

  private static final int KEY = SCRATCH - Integer.BYTES;

  private final BpfAssembler code = new BpfAssembler();
  private final Label pass = new Label();
  private final Label drop = new Label();

  private VipDropProgram() {}

  /** Returns the program over tries of prefixes of 4 and of 16 bytes. */
  static byte[] assemble(BpfMap vips4, BpfMap vips6) {
    return new VipDropProgram().write(vips4, vips6);
  }

  private byte[] write(BpfMap vips4, BpfMap vips6) {
    Label ipv6 = new Label();
    Label arp = new Label();
    code.move(CONTEXT, 1).loadWord(RESULT, CONTEXT, SKB_PROTOCOL);
    code.jumpIfEqual(RESULT, IPV6, ipv6).jumpIfEqual(RESULT, ARP, arp);
    code.jumpIfNotEqual(RESULT, IPV4, pass);
    dropIfIn(vips4, IPV4_DESTINATION, 4);
    code.jump(pass);

    code.bind(arp);
    fetch(ARP_OPERATION, 2);
    code.loadHalf(RESULT, BpfAssembler.STACK_END, SCRATCH);
    code.jumpIfNotEqual(RESULT, ARP_REQUEST, pass);
    dropIfIn(vips4, ARP_TARGET, 4);
    code.jump(pass);

    code.bind(ipv6);
    dropIfIn(vips6, IPV6_DESTINATION, 16);
    passUnlessByte(IPV6_NEXT_HEADER, ICMPV6);
    passUnlessByte(ICMPV6_TYPE, NEIGHBOUR_SOLICITATION);
    dropIfIn(vips6, SOLICITATION_TARGET, 16);

    code.bind(pass).moveImmediate(RESULT, NEXT).exit();
    code.bind(drop).moveImmediate(RESULT, DROP).exit();
    return code.assemble();
  }

  private void dropIfIn(BpfMap map, int offset, int length) {
    fetch(offset, length);
    code.storeWord(BpfAssembler.STACK_END, KEY, length * Byte.SIZE);
    code.loadMap(1, map).move(2, BpfAssembler.STACK_END).addImmediate(2, KEY);
    code.call(MAP_LOOKUP).jumpIfNotEqual(RESULT, 0, drop);
  }

  private void passUnlessByte(int offset, int value) {
    fetch(offset, 1);
    code.loadByte(RESULT, BpfAssembler.STACK_END, SCRATCH).jumpIfNotEqual(RESULT, value, pass);
  }

  private void fetch(int offset, int length) {
    code.move(1, CONTEXT).moveImmediate(2, offset);
    code.move(3, BpfAssembler.STACK_END).addImmediate(3, SCRATCH).moveImmediate(4, length);
    code.call(SKB_LOAD_BYTES).jumpIfNotEqual(RESULT, 0, pass);
  }
}
