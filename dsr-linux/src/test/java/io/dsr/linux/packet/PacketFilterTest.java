package io.dsr.linux.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PacketFilterTest {

  private static final int HOST = 0;
  private static final int BROADCAST = 1;
  private static final int MULTICAST = 2;
  private static final int OTHERHOST = 3;
  private static final int VIP = 0xc000020a;
  private static final long VIP6_HIGH = 0x20010db800000000L;
  private static final long VIP6_LOW = 0x10;

  private final PacketFilter filter =
      PacketFilter.ofAddresses(new int[] {VIP}, new long[] {VIP6_HIGH, VIP6_LOW});
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
    var many = PacketFilter.ofAddresses(ipv4, ipv6);
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
    var subnets = PacketFilter.ofAddresses(new int[0], ipv6);
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
    var unrelated = PacketFilter.ofAddresses(ipv4, ipv6);
    var interpreter = new FilterInterpreter(unrelated);

    assertThat(unrelated.length()).isLessThanOrEqualTo(PacketFilter.MAXIMUM_LENGTH);
    for (int i = 0; i < 1000; i++) {
      assertThat(interpreter.accepts(ipv4(ipv4[i]), HOST)).as("seed %d", seed).isTrue();
      byte[] frame = ipv6(ipv6[2 * i], ipv6[2 * i + 1], 6);
      assertThat(interpreter.accepts(frame, HOST)).as("seed %d", seed).isTrue();
    }
  }

  @Test
  void namesTheLimitOfAddresses() {
    assertThatThrownBy(() -> PacketFilter.ofAddresses(new int[1001], new long[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ipv4: 1001 addresses (expected: <= 1000)");
    assertThatThrownBy(() -> new PacketFilter(new long[4097]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("filter: 4097 instructions (expected: <= 4096)");
  }

  @Test
  void acceptsEverythingOrNothing() {
    assertThat(new FilterInterpreter(PacketFilter.everything()).accepts(ipv4(1), OTHERHOST))
        .isTrue();
    assertThat(new FilterInterpreter(PacketFilter.nothing()).accepts(ipv4(VIP), HOST)).isFalse();
    var none = PacketFilter.ofAddresses(new int[0], new long[0]);
    assertThat(new FilterInterpreter(none).accepts(ipv4(VIP), HOST)).isFalse();
    assertThat(new FilterInterpreter(none).accepts(frame(0x0806, 28).array(), HOST)).isTrue();
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
