package io.dsr.linux.packet;

import static io.dsr.linux.packet.FilterAssembler.COPY_TO_X;
import static io.dsr.linux.packet.FilterAssembler.JUMP;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_EQUAL;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_GREATER;
import static io.dsr.linux.packet.FilterAssembler.LOAD_BYTE;
import static io.dsr.linux.packet.FilterAssembler.LOAD_HALF;
import static io.dsr.linux.packet.FilterAssembler.LOAD_WORD;
import static io.dsr.linux.packet.FilterAssembler.MULTIPLY;
import static io.dsr.linux.packet.FilterAssembler.WHOLE_FRAME;
import static io.dsr.linux.packet.FilterAssembler.XOR_X;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Assembles the program of {@link PacketFilter#ofAddresses(int[], long[])}.
 *
 * <p>A set of words is a row of sorted blocks: one comparison skips a block, so that a thousand
 * addresses cost some fifty comparisons. An IPv6 address is four words: a tree of such sets, the
 * words in whichever order makes the smallest program (addresses of one prefix share all but the
 * last). Where no order is small enough, one hash of the four words takes their place.
 */
final class AddressFilter {

  private static final int BLOCK = 32;

  private static final int ETHER_TYPE = 12;
  private static final int IPV4_DESTINATION = 14 + 16;
  private static final int IPV6_NEXT_HEADER = 14 + 6;
  private static final int IPV6_HOP_LIMIT = 14 + 7;
  private static final int IPV6_DESTINATION = 14 + 24;
  private static final int ICMPV6_TYPE = 14 + 40;
  private static final int ICMPV6 = 58;
  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int NEIGHBOUR_ADVERTISEMENT = 136;

  /** {@code SKF_AD_OFF + SKF_AD_PKTTYPE} (linux/filter.h). */
  private static final int PACKET_TYPE = -0x1000 + 4;

  private static final int PACKET_HOST = 0;
  private static final int PACKET_OTHERHOST = 3;

  private AddressFilter() {}

  static long[] assemble(int[] ipv4, long[] ipv6) {
    var program = new FilterAssembler();
    addPrologue(program);
    FilterAssembler first = ipv4Section(ipv4);
    program.add(JUMP_IF_EQUAL, 2, 0, 0x0800);
    program.add(JUMP_IF_EQUAL, 2, 0, 0x86dd);
    program.answer(0);
    program.add(JUMP, 1); // to the IPv4 section
    program.add(JUMP, first.length()); // to the IPv6 section
    program.append(first);
    program.append(ipv6Section(ipv6, PacketFilter.MAXIMUM_LENGTH - program.length()));
    return program.toArray();
  }

  /** Rejects what is for another host and accepts ARP; leaves the EtherType in A. */
  private static void addPrologue(FilterAssembler program) {
    program.add(LOAD_BYTE, PACKET_TYPE);
    program.add(JUMP_IF_EQUAL, 0, 1, PACKET_OTHERHOST);
    program.answer(0);
    program.add(LOAD_HALF, ETHER_TYPE);
    program.add(JUMP_IF_EQUAL, 0, 1, 0x0806);
    program.answer(WHOLE_FRAME);
  }

  private static void addHostOnly(FilterAssembler program) {
    program.add(LOAD_BYTE, PACKET_TYPE);
    program.add(JUMP_IF_EQUAL, 1, 0, PACKET_HOST);
    program.answer(0);
  }

  private static FilterAssembler ipv4Section(int[] addresses) {
    var section = new FilterAssembler();
    addHostOnly(section);
    section.add(LOAD_WORD, IPV4_DESTINATION);
    addSet(section, sorted(addresses));
    return section;
  }

  private static FilterAssembler ipv6Section(long[] addresses, int room) {
    var section = new FilterAssembler();
    section.add(LOAD_BYTE, IPV6_NEXT_HEADER);
    section.add(JUMP_IF_EQUAL, 0, 6, ICMPV6);
    section.add(LOAD_BYTE, ICMPV6_TYPE);
    section.add(JUMP_IF_EQUAL, 1, 0, NEIGHBOUR_SOLICITATION);
    section.add(JUMP_IF_EQUAL, 0, 3, NEIGHBOUR_ADVERTISEMENT);
    section.add(LOAD_BYTE, IPV6_HOP_LIMIT);
    section.add(JUMP_IF_EQUAL, 0, 1, 255);
    section.answer(WHOLE_FRAME);
    addHostOnly(section);
    FilterAssembler tree = smallestTree(words(addresses));
    boolean fits = section.length() + tree.length() <= room;
    section.append(fits ? tree : hashed(words(addresses), new SplittableRandom()));
    return section;
  }

  private static List<int[]> words(long[] halves) {
    List<int[]> addresses = new ArrayList<>();
    for (int i = 0; i < halves.length; i += 2) {
      long high = halves[i];
      long low = halves[i + 1];
      addresses.add(new int[] {(int) (high >>> 32), (int) high, (int) (low >>> 32), (int) low});
    }
    return addresses;
  }

  /** Tries all orders of the four words. */
  private static FilterAssembler smallestTree(List<int[]> addresses) {
    FilterAssembler smallest = null;
    for (int code = 0; code < 256; code++) {
      int[] order = {code >> 6, code >> 4 & 3, code >> 2 & 3, code & 3};
      if ((1 << order[0] | 1 << order[1] | 1 << order[2] | 1 << order[3]) == 0b1111) {
        FilterAssembler tree = tree(addresses, order, 0);
        smallest = smallest == null || tree.length() < smallest.length() ? tree : smallest;
      }
    }
    if (smallest == null) {
      throw new AssertionError("24 of 256 codes are orders");
    }
    return smallest;
  }

  /** Compares the words from {@code level} on; never falls through to what follows. */
  private static FilterAssembler tree(List<int[]> addresses, int[] order, int level) {
    var program = new FilterAssembler();
    int word = order[level];
    program.add(LOAD_WORD, IPV6_DESTINATION + 4 * word);
    if (level == order.length - 1) {
      addSet(program, sorted(addresses.stream().mapToInt(a -> a[word]).toArray()));
      return program;
    }
    var children = new TreeMap<Integer, List<int[]>>();
    addresses.forEach(a -> children.computeIfAbsent(a[word], _ -> new ArrayList<>()).add(a));
    children.forEach((value, rest) -> {
      FilterAssembler child = tree(rest, order, level + 1);
      program.add(JUMP_IF_EQUAL, 1, 0, value);
      program.add(JUMP, child.length());
      program.append(child);
    });
    program.answer(0);
    return program;
  }

  /** Compares one keyed hash; addresses that differ in the last word alone never collide. */
  private static FilterAssembler hashed(List<int[]> addresses, SplittableRandom random) {
    int[] key = {random.nextInt() | 1, random.nextInt() | 1, random.nextInt() | 1};
    var program = new FilterAssembler();
    program.add(LOAD_WORD, IPV6_DESTINATION);
    for (int i = 0; i < key.length; i++) {
      program.add(MULTIPLY, key[i]);
      program.add(COPY_TO_X, 0);
      program.add(LOAD_WORD, IPV6_DESTINATION + 4 * (i + 1));
      program.add(XOR_X, 0);
    }
    addSet(program, sorted(addresses.stream().mapToInt(a -> hash(a, key)).toArray()));
    return program;
  }

  private static int hash(int[] address, int[] key) {
    int hash = address[0];
    for (int i = 0; i < key.length; i++) {
      hash = hash * key[i] ^ address[i + 1];
    }
    return hash;
  }

  private static int[] sorted(int[] words) {
    int[] flipped = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      flipped[i] = words[i] ^ Integer.MIN_VALUE;
    }
    Arrays.sort(flipped);
    return Arrays.stream(flipped).distinct().map(w -> w ^ Integer.MIN_VALUE).toArray();
  }

  /** Answers whether A is one of {@code words}, which are sorted as unsigned numbers. */
  private static void addSet(FilterAssembler program, int[] words) {
    for (int from = 0; from < words.length; from += BLOCK) {
      int to = Math.min(words.length, from + BLOCK);
      int size = to - from;
      if (to < words.length) {
        program.add(JUMP_IF_GREATER, size + 2, 0, words[to - 1]);
      }
      for (int i = from; i < to; i++) {
        program.add(JUMP_IF_EQUAL, to - i, 0, words[i]);
      }
      program.answer(0);
      program.answer(WHOLE_FRAME);
    }
    if (words.length == 0) {
      program.answer(0);
    }
  }
}
