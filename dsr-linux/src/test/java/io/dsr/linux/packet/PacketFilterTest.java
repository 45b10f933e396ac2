package io.dsr.linux.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.Prefixes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class PacketFilterTest {

  private static final int HOST = 0;
  private static final int BROADCAST = 1;
  private static final int MULTICAST = 2;
  private static final int OTHERHOST = 3;
  private static final int VIP = 0xc000020a;
  private static final long VIP6_HIGH = 0x20010db800000000L;
  private static final long VIP6_LOW = 0x10;

  private final PacketFilter filter = of(new int[] {VIP}, new long[] {VIP6_HIGH, VIP6_LOW});
  private final FilterInterpreter kernel = new FilterInterpreter(filter);

  @Test
  void acceptsIpv4ToAVirtualAddressForThisHostOnly() {
    assertThat(kernel.accepts(ipv4(VIP), HOST)).isTrue();
    assertThat(kernel.accepts(ipv4(VIP), OTHERHOST)).isFalse();
    assertThat(kernel.accepts(ipv4(VIP), BROADCAST)).isFalse();
    assertThat(kernel.accepts(ipv4(VIP + 1), HOST)).isFalse();
  }

  @Test
  void acceptsIpv6ToAVirtualAddressForThisHostOnly() {
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW, 6), HOST)).isTrue();
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW, 6), OTHERHOST)).isFalse();
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW, 6), MULTICAST)).isFalse();
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW + 1, 6), HOST)).isFalse();
    assertThat(kernel.accepts(ipv6(VIP6_HIGH + 1, VIP6_LOW, 6), HOST)).isFalse();
  }

  @Test
  void acceptsEveryArpThatIsNotForAnotherHost() {
    byte[] arp = frame(0x0806, 28).array();

    assertThat(kernel.accepts(arp, BROADCAST)).isTrue();
    assertThat(kernel.accepts(arp, HOST)).isTrue();
    assertThat(kernel.accepts(arp, OTHERHOST)).isFalse();
  }

  @Test
  void acceptsNeighbourDiscoveryWhoeverItAsksFor() {
    assertThat(kernel.accepts(icmpv6(135, 255, VIP6_LOW + 9), MULTICAST)).isTrue();
    assertThat(kernel.accepts(icmpv6(136, 255, VIP6_LOW + 9), HOST)).isTrue();
    assertThat(kernel.accepts(icmpv6(135, 255, VIP6_LOW + 9), OTHERHOST)).isFalse();
    assertThat(kernel.accepts(icmpv6(135, 64, VIP6_LOW + 9), MULTICAST)).isFalse();
    assertThat(kernel.accepts(icmpv6(134, 255, VIP6_LOW + 9), MULTICAST)).isFalse();
  }

  @Test
  void judgesOtherIcmpAndForgedDiscoveryByDestination() {
    assertThat(kernel.accepts(icmpv6(128, 64, VIP6_LOW), HOST)).isTrue();
    assertThat(kernel.accepts(icmpv6(135, 64, VIP6_LOW), HOST)).isTrue();
  }

  @Test
  void judgesExtensionHeadersByDestination() {
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW, 0), HOST)).isTrue();
    assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW + 1, 0), HOST)).isFalse();
  }

  @Test
  void rejectsWhatIsTooShortOrUnknown() {
    assertThat(kernel.accepts(new byte[13], HOST)).isFalse();
    assertThat(kernel.accepts(frame(0x0800, 10).array(), HOST)).isFalse();
    assertThat(kernel.accepts(frame(0x88cc, 60).array(), HOST)).isFalse();
  }

  @Test
  void takesAddressesOfBothFamilies() throws Exception {
    var addresses =
        List.of(InetAddress.getByName("192.0.2.10"), InetAddress.getByName("2001:db8::10"));

    assertThat(PacketFilter.ofAddresses(addresses)).isEqualTo(filter);
  }

  @Test
  void findsEachOfAThousandNeighbouringAddressesAndNoOther() {
    int[] ipv4 = IntStream.range(0, 1000).map(i -> VIP + 2 * i).toArray();
    long[] ipv6 =
        LongStream.range(0, 1000)
            .flatMap(i -> LongStream.of(VIP6_HIGH, VIP6_LOW + 2 * i))
            .toArray();
    var many = of(ipv4, ipv6);
    var interpreter = new FilterInterpreter(many);

    assertThat(many.length()).isLessThan(2300);
    for (int i = 0; i < 1000; i++) {
      assertThat(interpreter.accepts(ipv4(VIP + 2 * i), HOST)).isTrue();
      assertThat(interpreter.accepts(ipv4(VIP + 2 * i + 1), HOST)).isFalse();
      assertThat(interpreter.accepts(ipv6(VIP6_HIGH, VIP6_LOW + 2L * i, 6), HOST)).isTrue();
      assertThat(interpreter.accepts(ipv6(VIP6_HIGH, VIP6_LOW + 2L * i + 1, 6), HOST)).isFalse();
      assertThat(interpreter.steps()).isLessThan(90);
    }
  }

  @Test
  void comparesExactlyWhereOnlyTheSubnetsDiffer() {
    long[] ipv6 = LongStream.range(0, 1000).flatMap(i -> LongStream.of(VIP6_HIGH + i, 1)).toArray();
    var subnets = of(new int[0], ipv6);
    var interpreter = new FilterInterpreter(subnets);

    assertThat(subnets.length()).isLessThan(1200);
    assertThat(interpreter.accepts(ipv6(VIP6_HIGH + 999, 1, 17), HOST)).isTrue();
    assertThat(interpreter.accepts(ipv6(VIP6_HIGH + 1000, 1, 17), HOST)).isFalse();
    assertThat(interpreter.accepts(ipv6(VIP6_HIGH + 999, 2, 17), HOST)).isFalse();
  }

  @Test
  void fitsAThousandUnrelatedAddressesOfEachFamily() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    int[] ipv4 = random.ints(1000).toArray();
    long[] ipv6 = random.longs(2000).toArray();
    var unrelated = of(ipv4, ipv6);
    var interpreter = new FilterInterpreter(unrelated);

    assertThat(unrelated.length()).isLessThanOrEqualTo(PacketFilter.MAXIMUM_LENGTH);
    for (int i = 0; i < 1000; i++) {
      assertThat(interpreter.accepts(ipv4(ipv4[i]), HOST)).as("seed %d", seed).isTrue();
      byte[] frame = ipv6(ipv6[2 * i], ipv6[2 * i + 1], 6);
      assertThat(interpreter.accepts(frame, HOST)).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void namesTheLimitsAndTheCure() {
    int[] tooMany = IntStream.range(0, 1001).map(i -> VIP + 2 * i).toArray();

    assertThatThrownBy(() -> of(tooMany, new long[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "virtual addresses: 1001 of IPv4 (expected: at most 1000, where adjacent prefixes count"
                + " once) (cure: networks instead of single addresses)");
    assertThatThrownBy(() -> new PacketFilter(new long[4097]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("filter: 4097 instructions (expected: at most 4096)");
  }

  @Test
  void acceptsEachAddressOfANetworkAndNoOther() {
    var networks =
        new FilterInterpreter(
            PacketFilter.ofPrefixes(
                Stream.of("192.0.2.16/28", "192.0.2.8", "10.0.0.0/9", "2001:db8:0:1::/64")
                    .map(Prefixes::of)
                    .toList()));

    for (int i = 0; i < 64; i++) {
      boolean inside = i == 8 || (i >= 16 && i < 32);
      assertThat(networks.accepts(ipv4(0xc0000200 + i), HOST)).as("%d", i).isEqualTo(inside);
    }
    assertThat(networks.accepts(ipv4(0x0a7fffff), HOST)).isTrue();
    assertThat(networks.accepts(ipv4(0x0a800000), HOST)).isFalse();
    assertThat(networks.accepts(ipv4(0xc0000210), BROADCAST)).isFalse();
    assertThat(networks.accepts(ipv6(VIP6_HIGH + 1, -1, 6), HOST)).isTrue();
    assertThat(networks.accepts(ipv6(VIP6_HIGH + 1, 0, 6), OTHERHOST)).isFalse();
    assertThat(networks.accepts(ipv6(VIP6_HIGH, -1, 6), HOST)).isFalse();
    assertThat(networks.accepts(ipv6(VIP6_HIGH + 2, 0, 6), HOST)).isFalse();
  }

  @Test
  void agreesWithPrefixArithmeticOnRandomNetworks() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 50; round++) {
      var prefixes = Stream.generate(() -> randomPrefix(random)).limit(40).toList();
      var program = new FilterInterpreter(PacketFilter.ofPrefixes(prefixes));
      for (int i = 0; i < 200; i++) {
        // Near an edge of one of them: its first or last address, perhaps with one bit wrong.
        AddressPrefix near = prefixes.get(random.nextInt(prefixes.size()));
        byte[] octets = edge(near, random, random.nextBoolean());
        AddressPrefix asked = AddressPrefix.of(address(octets));
        boolean expected = prefixes.stream().anyMatch(prefix -> prefix.contains(asked));
        assertThat(program.accepts(frameTo(octets), HOST))
            .as("seed %d: %s in %s", seed, asked, prefixes)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void joinsNeighboursSoThatAWholeNetworkOfSingleAddressesIsOneComparison() {
    int[] all = IntStream.range(0, 65_536).map(i -> 0x0a090000 + i).toArray();

    assertThat(of(all, new long[0]))
        .isEqualTo(PacketFilter.ofPrefixes(List.of(Prefixes.of("10.9.0.0/16"))));
  }

  @Test
  void takesEveryProtocolAndEveryFragment() {
    for (int protocol = 0; protocol < 256; protocol++) {
      for (int fragment : new int[] {0, 0x4000, 0x2000, 0x2001, 0x00b9}) {
        byte[] frame = ipv4(VIP);
        frame[23] = (byte) protocol;
        frame[20] = (byte) (fragment >> 8);
        frame[21] = (byte) fragment;
        assertThat(kernel.accepts(frame, HOST)).as("protocol %d", protocol).isTrue();
      }
      assertThat(kernel.accepts(ipv6(VIP6_HIGH, VIP6_LOW, protocol), HOST))
          .as("next header %d", protocol)
          .isTrue();
    }
  }

  @Test
  void fitsAThousandUnrelatedNetworksOfEveryLengthOfEachFamily() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    List<AddressPrefix> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      all.add(prefix(random, 4, 14 + i % 19));
      all.add(prefix(random, 16, 13 + i % 116));
    }
    var many = PacketFilter.ofPrefixes(all);
    var interpreter = new FilterInterpreter(many);

    assertThat(many.length()).as("seed %d", seed).isLessThanOrEqualTo(PacketFilter.MAXIMUM_LENGTH);
    for (AddressPrefix prefix : all) {
      boolean accepted = interpreter.accepts(frameTo(edge(prefix, random, false)), HOST);
      assertThat(accepted).as("seed %d: %s", seed, prefix).isTrue();
    }
  }

  @Test
  void acceptsEverythingOrNothing() {
    assertThat(new FilterInterpreter(PacketFilter.everything()).accepts(ipv4(1), OTHERHOST))
        .isTrue();
    assertThat(new FilterInterpreter(PacketFilter.nothing()).accepts(ipv4(VIP), HOST)).isFalse();
    var none = of(new int[0], new long[0]);
    assertThat(new FilterInterpreter(none).accepts(ipv4(VIP), HOST)).isFalse();
    assertThat(new FilterInterpreter(none).accepts(frame(0x0806, 28).array(), HOST)).isTrue();
  }

  private static PacketFilter of(int[] ipv4, long[] ipv6) {
    List<AddressPrefix> prefixes = new ArrayList<>();
    for (int address : ipv4) {
      prefixes.add(AddressPrefix.of(address(ByteBuffer.allocate(4).putInt(address).array())));
    }
    for (int i = 0; i < ipv6.length; i += 2) {
      byte[] octets = ByteBuffer.allocate(16).putLong(ipv6[i]).putLong(ipv6[i + 1]).array();
      prefixes.add(AddressPrefix.of(address(octets)));
    }
    return PacketFilter.ofPrefixes(prefixes);
  }

  private static AddressPrefix randomPrefix(SplittableRandom random) {
    return random.nextBoolean()
        ? prefix(random, 4, 4 + random.nextInt(29))
        : prefix(random, 16, 4 + random.nextInt(125));
  }

  private static AddressPrefix prefix(SplittableRandom random, int size, int length) {
    byte[] octets = new byte[size];
    random.nextBytes(octets);
    byte[] mask = AddressPrefix.mask(size, length);
    for (int i = 0; i < size; i++) {
      octets[i] &= mask[i];
    }
    return new AddressPrefix(address(octets), length);
  }

  private static byte[] edge(AddressPrefix prefix, SplittableRandom random, boolean wrong) {
    byte[] octets = prefix.octets();
    byte[] mask = AddressPrefix.mask(octets.length, prefix.length());
    boolean last = random.nextBoolean();
    for (int i = 0; last && i < octets.length; i++) {
      octets[i] |= (byte) ~mask[i];
    }
    if (wrong) {
      int bit = random.nextInt(octets.length * 8);
      octets[bit / 8] ^= (byte) (0x80 >> (bit % 8));
    }
    return octets;
  }

  private static InetAddress address(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] frameTo(byte[] octets) {
    ByteBuffer address = ByteBuffer.wrap(octets);
    return octets.length == 4
        ? ipv4(address.getInt())
        : ipv6(address.getLong(), address.getLong(), 6);
  }

  private static ByteBuffer frame(int etherType, int payload) {
    return ByteBuffer.allocate(14 + payload).putShort(12, (short) etherType);
  }

  private static byte[] ipv4(int destination) {
    return frame(0x0800, 40).putInt(30, destination).array();
  }

  private static byte[] ipv6(long high, long low, int nextHeader) {
    return frame(0x86dd, 60)
        .put(20, (byte) nextHeader)
        .put(21, (byte) 64)
        .putLong(38, high)
        .putLong(46, low)
        .array();
  }

  private static byte[] icmpv6(int type, int hopLimit, long low) {
    byte[] frame = ipv6(VIP6_HIGH, low, 58);
    frame[21] = (byte) hopLimit;
    frame[54] = (byte) type;
    return frame;
  }
}
