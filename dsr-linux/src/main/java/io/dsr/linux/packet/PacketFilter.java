package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.dsr.linux.AddressPrefix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A program of classic BPF that the kernel runs on each frame before it copies anything
 * (Documentation/networking/filter.rst). Immutable.
 *
 * <p>Old kernels limit the memory of a program (net.core.optmem_max) to 20 KB, some 2,000
 * instructions; newer ones to 128 KB, which no program exceeds.
 */
public final class PacketFilter {

  /** The most instructions that the kernel takes ({@code BPF_MAXINSNS}, linux/bpf_common.h). */
  public static final int MAXIMUM_LENGTH = 4096;

  /** The most addresses and networks of each family that {@link #ofPrefixes} takes. */
  public static final int MAXIMUM_PREFIXES = 1000;

  private static final int PACKET_TYPE = -0x1000 + 4; // SKF_AD_OFF + SKF_AD_PKTTYPE
  private static final int PACKET_OUTGOING = 4;

  private static final PacketFilter EVERYTHING = constant(FilterAssembler.WHOLE_FRAME);
  private static final PacketFilter NOTHING = constant(0);

  private final long[] instructions;

  /** Takes over an array of {@code struct sock_filter}, each packed by {@link FilterAssembler}. */
  PacketFilter(long[] instructions) {
    if (instructions.length > MAXIMUM_LENGTH) {
      throw new IllegalArgumentException(
          "filter: "
              + instructions.length
              + " instructions (expected: at most "
              + MAXIMUM_LENGTH
              + ")");
    }
    this.instructions = instructions;
  }

  private static PacketFilter constant(int length) {
    var program = new FilterAssembler();
    program.answer(length);
    return new PacketFilter(program.toArray());
  }

  /** Returns a filter that lets every frame through. */
  public static PacketFilter everything() {
    return EVERYTHING;
  }

  /** Returns a filter that lets no frame through. */
  public static PacketFilter nothing() {
    return NOTHING;
  }

  /** Returns the filter of {@link #ofPrefixes} for single addresses of either family. */
  public static PacketFilter ofAddresses(Collection<? extends InetAddress> addresses) {
    return ofPrefixes(addresses.stream().map(AddressPrefix::of).toList());
  }

  /**
   * Returns a filter for what a balancer of these virtual addresses must see.
   *
   * <p>That is: IPv4 and IPv6 packets to one of the addresses, of whatever protocol, fragments and
   * ICMP errors included, if this host's MAC address is their destination; every ARP frame, and
   * every neighbor solicitation and advertisement (hop limit 255, directly behind the fixed
   * header), unless it is for another host. Extension headers are not looked behind: only the
   * destination counts then.
   *
   * <p>Prefixes are joined first ({@link AddressPrefix#joined}) and then compared exactly, as long
   * as the program fits; many IPv6 ones that have nothing in common are compared by a 32-bit hash
   * with a random key instead, so that a stranger may pass, once in some billions.
   *
   * @throws IllegalArgumentException if, joined, a family has more than {@link #MAXIMUM_PREFIXES};
   *     that many always fit, of whichever lengths
   */
  public static PacketFilter ofPrefixes(Collection<AddressPrefix> prefixes) {
    List<AddressPrefix> joined = AddressPrefix.joined(prefixes);
    List<AddressPrefix> ipv4 = joined.stream().filter(p -> !p.isIpv6()).toList();
    List<AddressPrefix> ipv6 = joined.stream().filter(AddressPrefix::isIpv6).toList();
    checkCount("IPv4", ipv4.size());
    checkCount("IPv6", ipv6.size());
    return new PacketFilter(AddressFilter.assemble(ipv4, ipv6));
  }

  private static void checkCount(String family, int count) {
    if (count > MAXIMUM_PREFIXES) {
      throw new IllegalArgumentException(
          "virtual addresses: "
              + count
              + " of "
              + family
              + " (expected: at most "
              + MAXIMUM_PREFIXES
              + ", where adjacent prefixes count once) (cure: networks instead of single addresses)");
    }
  }

  /**
   * Returns this filter for a socket that is to receive what other hosts sent, and never this
   * host's own output. A program that leaves no room for the question is returned as it is.
   */
  public PacketFilter withoutOutgoing() {
    var program = new FilterAssembler();
    program.add(FilterAssembler.LOAD_BYTE, PACKET_TYPE);
    program.add(FilterAssembler.JUMP_IF_EQUAL, 0, 1, PACKET_OUTGOING);
    program.answer(0);
    long[] question = program.toArray();
    if (question.length + instructions.length > MAXIMUM_LENGTH) {
      return this;
    }
    long[] longer = Arrays.copyOf(question, question.length + instructions.length);
    System.arraycopy(instructions, 0, longer, question.length, instructions.length);
    return new PacketFilter(longer);
  }

  /** Returns the number of instructions. */
  public int length() {
    return instructions.length;
  }

  /** Returns an instruction: code, jump if true, jump if false, operand, from the high bits. */
  long instruction(int index) {
    return instructions[index];
  }

  /** Writes the program as an array of {@code struct sock_filter} (linux/filter.h). */
  MemorySegment encode(SegmentAllocator allocator) {
    MemorySegment program = allocator.allocate(8L * instructions.length, Long.BYTES);
    for (int i = 0; i < instructions.length; i++) {
      long instruction = instructions[i];
      program.set(JAVA_SHORT, 8L * i, (short) (instruction >>> 48));
      program.set(JAVA_BYTE, 8L * i + 2, (byte) (instruction >>> 40));
      program.set(JAVA_BYTE, 8L * i + 3, (byte) (instruction >>> 32));
      program.set(JAVA_INT, 8L * i + 4, (int) instruction);
    }
    return program;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PacketFilter that && Arrays.equals(instructions, that.instructions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(instructions);
  }

  @Override
  public String toString() {
    return "PacketFilter[" + instructions.length + " instructions]";
  }
}
