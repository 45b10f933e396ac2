package io.dsr.linux.packet;

import static io.dsr.linux.packet.FilterAssembler.JUMP;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_EQUAL;
import static io.dsr.linux.packet.FilterAssembler.LOAD_BYTE;
import static io.dsr.linux.packet.FilterAssembler.LOAD_HALF;
import static io.dsr.linux.packet.FilterAssembler.WHOLE_FRAME;

import io.dsr.linux.AddressPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Assembles the program of {@link PacketFilter#ofPrefixes}: one {@link PrefixGroup} behind the
 * other, exact as long as that fits the room; then the groups that gain most are hashed.
 */
final class AddressFilter {

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

  /** Returns the program, of whatever length it takes. */
  static long[] assemble(List<AddressPrefix> ipv4, List<AddressPrefix> ipv6) {
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

  private static FilterAssembler ipv4Section(List<AddressPrefix> prefixes) {
    var section = new FilterAssembler();
    addHostOnly(section);
    PrefixGroup.of(prefixes, IPV4_DESTINATION).forEach(group -> section.append(group.exact()));
    section.answer(0);
    return section;
  }

  private static FilterAssembler ipv6Section(List<AddressPrefix> prefixes, int room) {
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
    List<PrefixGroup> groups = PrefixGroup.of(prefixes, IPV6_DESTINATION);
    fitting(groups, room - section.length() - 1).forEach(section::append);
    section.answer(0);
    return section;
  }

  /** A group's two programs. */
  private record Choice(int index, FilterAssembler exact, FilterAssembler hashed) {

    private int gain() {
      return exact.length() - hashed.length();
    }
  }

  private static List<FilterAssembler> fitting(List<PrefixGroup> groups, int room) {
    var random = new SplittableRandom();
    List<Choice> choices = new ArrayList<>();
    List<FilterAssembler> programs = new ArrayList<>();
    int length = 0;
    for (PrefixGroup group : groups) {
      FilterAssembler exact = group.exact();
      choices.add(new Choice(programs.size(), exact, group.hashed(random)));
      programs.add(exact);
      length += exact.length();
    }
    choices.sort(Comparator.comparingInt(Choice::gain).reversed());
    for (Choice choice : choices) {
      if (length > room && choice.gain() > 0) {
        programs.set(choice.index, choice.hashed);
        length -= choice.gain();
      }
    }
    return programs;
  }
}
