package io.dsr.linux.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FanoutProgramTest {

  private static final int HOST = 0;
  private static final int OUTGOING = 4;
  private static final int SOCKETS = 64;
  private static final String CLIENT = "198.51.100.7";
  private static final String CLIENT6 = "2001:db8:77::7";
  private static final String ROUTER = "203.0.113.1";
  private static final String ROUTER6 = "2001:db8:1::1";

  // One whose two clients and two routers all have other sockets, and none socket 0.
  private final FanoutProgram program = distinct();
  private final FilterInterpreter kernel = new FilterInterpreter(program.program());

  private static FanoutProgram distinct() {
    FanoutProgram program;
    do {
      program = FanoutProgram.byClient(SOCKETS);
    } while (Arrays.stream(new String[] {CLIENT, CLIENT6, ROUTER, ROUTER6})
            .mapToInt(socketOf(program))
            .filter(socket -> socket != 0)
            .distinct()
            .count()
        < 4);
    return program;
  }

  private static ToIntFunction<String> socketOf(FanoutProgram program) {
    return address -> program.socketOf(InetAddress.ofLiteral(address));
  }

  private int socketOf(String address) {
    return program.socketOf(InetAddress.ofLiteral(address));
  }

  private int run(ByteBuffer packet, int protocol) {
    return kernel.run(FanoutFrames.bytes(packet), HOST, protocol);
  }

  @Test
  void goesByTheSourceWhateverThePacketCarries() {
    for (int protocol = 0; protocol < 256; protocol++) {
      ByteBuffer packet = FanoutFrames.ipv4(CLIENT, 5, protocol, 40).put(20, (byte) 8);
      assertThat(run(packet, 0x0800)).isEqualTo(socketOf(CLIENT));
      ByteBuffer packet6 = FanoutFrames.ipv6(CLIENT6, protocol, 60).put(40, (byte) 128);
      assertThat(run(packet6, 0x86dd)).isEqualTo(socketOf(CLIENT6));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 11, 12})
  void takesAnErrorToTheClientThatItQuotesBehindAnyOptions(int type) {
    for (int words = 5; words <= 15; words++) {
      ByteBuffer error = FanoutFrames.ipv4Error(ROUTER, words, type, CLIENT);
      assertThat(run(error, 0x0800)).isEqualTo(socketOf(CLIENT));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 8, 9, 13, 14, 17, 255})
  void takesOtherIcmpBySource(int type) {
    ByteBuffer message = FanoutFrames.ipv4Error(ROUTER, 6, type, CLIENT);

    assertThat(run(message, 0x0800)).isEqualTo(socketOf(ROUTER));
  }

  @Test
  void takesFragmentsOfAnErrorBySource() {
    for (int bits : new int[] {0x2000, 0x2001, 1, 0x1fff}) {
      ByteBuffer error = FanoutFrames.ipv4Error(ROUTER, 5, 3, CLIENT).putShort(6, (short) bits);
      assertThat(run(error, 0x0800)).isEqualTo(socketOf(ROUTER));
    }
    ByteBuffer whole =
        FanoutFrames.ipv4Error(ROUTER, 5, 3, CLIENT).putShort(6, (short) 0x4000); // don't fragment
    assertThat(run(whole, 0x0800)).isEqualTo(socketOf(CLIENT));
  }

  @Test
  void tellsAllTypesOfIcmpv6Apart() {
    for (int type = 0; type < 256; type++) {
      int expected =
          type < 128 ? socketOf(CLIENT6) : type >= 133 && type <= 137 ? 0 : socketOf(ROUTER6);
      assertThat(run(FanoutFrames.ipv6Error(ROUTER6, type, CLIENT6), 0x86dd))
          .as("type %d", type)
          .isEqualTo(expected);
    }
  }

  @Test
  void looksBehindASecondTagAndNoThird() {
    for (int tag : new int[] {0x8100, 0x88a8}) {
      ByteBuffer ipv4 = FanoutFrames.ipv4Error(ROUTER, 9, 3, CLIENT);
      assertThat(run(FanoutFrames.tagged(ipv4, 0x0800), tag)).isEqualTo(socketOf(CLIENT));
      ByteBuffer ipv6 = FanoutFrames.ipv6(CLIENT6, 17, 60);
      assertThat(run(FanoutFrames.tagged(ipv6, 0x86dd), tag)).isEqualTo(socketOf(CLIENT6));
      ByteBuffer twice = FanoutFrames.tagged(FanoutFrames.tagged(ipv6, 0x86dd), tag);
      assertThat(run(twice, tag)).isZero();
    }
  }

  @Test
  void takesWhatIsNotIpOrNotReceivedToTheFirstSocket() {
    ByteBuffer packet = FanoutFrames.ipv4(CLIENT, 5, 17, 40);

    assertThat(run(packet, 0x0806)).isZero();
    assertThat(run(packet, 0x88cc)).isZero();
    assertThat(kernel.run(FanoutFrames.bytes(packet), OUTGOING, 0x0800)).isZero();
  }

  @Test
  void takesWhatEndsTooEarlyToTheFirstSocket() {
    byte[] error = FanoutFrames.bytes(FanoutFrames.ipv4Error(ROUTER, 5, 3, CLIENT));
    byte[] error6 = FanoutFrames.bytes(FanoutFrames.ipv6Error(ROUTER6, 1, CLIENT6));

    for (int length = 0; length < 20 + 8 + 20; length++) {
      assertThat(kernel.run(Arrays.copyOf(error, length), HOST, 0x0800)).isZero();
    }
    for (int length = 0; length < 40 + 8 + 40; length++) {
      assertThat(kernel.run(Arrays.copyOf(error6, length), HOST, 0x86dd)).isZero();
    }
  }

  @Test
  void agreesWithAPlainProgramOnAHundredThousandFrames() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 100_000; i++) {
      if (i % 1000 == 0) {
        restart(random);
      }
      FanoutFrames.Sample sample = FanoutFrames.random(random);
      int answer = interpreter.run(sample.bytes(), sample.packetType(), sample.protocol());
      assertThat(answer)
          .as("seed %d, frame %d: %s", seed, i, sample)
          .isEqualTo(FanoutReference.socketOf(current, sample));
      assertThat(interpreter.steps()).isLessThan(75);
    }
  }

  private FanoutProgram current = program;
  private FilterInterpreter interpreter = kernel;

  private void restart(SplittableRandom random) {
    current =
        FanoutProgram.byClient(
            random.nextInt(1, 65), random.nextInt(1, 33), random.nextInt(1, 129));
    interpreter = new FilterInterpreter(current.program());
  }

  @Test
  void spreadsNeighboursEvenlyOverAnyNumberOfSockets() {
    for (int sockets = 1; sockets <= FanoutProgram.MAXIMUM_SOCKETS; sockets++) {
      for (int step : new int[] {1, 2, 64, 256, 65536, 1 << 24 | 1}) {
        var spread = FanoutProgram.byClient(sockets);
        assertEven(sockets, i -> spread.ipv4().of(bytes4(0x0a000000 + i * step)));
        assertEven(sockets, i -> spread.ipv6().of(bytes6(0x20010db800000000L, (long) i * step)));
        long step6 = (long) step << 32;
        assertEven(sockets, i -> spread.ipv6().of(bytes6(0x20010db800000000L + i * step6, 1)));
      }
    }
  }

  /** Eight standard deviations: fewer than one false alarm in 10^8 runs of this test. */
  private static void assertEven(int sockets, IntUnaryOperator socket) {
    int clients = 16_384;
    int[] counts = new int[sockets];
    for (int i = 0; i < clients; i++) {
      counts[socket.applyAsInt(i)]++;
    }
    double mean = (double) clients / sockets;
    for (int count : counts) {
      assertThat((double) count).isCloseTo(mean, offset(8 * Math.sqrt(mean)));
    }
  }

  private static byte[] bytes4(int address) {
    return ByteBuffer.allocate(4).putInt(address).array();
  }

  private static byte[] bytes6(long high, long low) {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  @Test
  void keepsANetworkOfClientsTogether() {
    var networks = FanoutProgram.byClient(SOCKETS, 24, 56);
    int ipv4 = networks.socketOf(InetAddress.ofLiteral("198.51.100.0"));
    int ipv6 = networks.socketOf(InetAddress.ofLiteral("2001:db8:77:aa00::"));

    for (int i = 0; i < 256; i++) {
      assertThat(networks.ipv4().of(bytes4(0xc6336400 + i))).isEqualTo(ipv4);
      assertThat(networks.ipv6().of(bytes6(0x20010db80077aa00L + i, i))).isEqualTo(ipv6);
    }
  }

  @Test
  void namesWhatIsOutOfRange() {
    assertThatThrownBy(() -> FanoutProgram.byClient(65))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sockets: 65 (expected: 1 to 64)");
    assertThatThrownBy(() -> FanoutProgram.byClient(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FanoutProgram.byClient(4, 33, 128))
        .hasMessage("ipv4Length: 33 (expected: 1 to 32)");
    assertThatThrownBy(() -> FanoutProgram.byClient(4, 32, 0))
        .hasMessage("ipv6Length: 0 (expected: 1 to 128)");
  }

  @Test
  void letsAFilterTakeNoOutput() {
    var filter = new FilterInterpreter(PacketFilter.everything().withoutOutgoing());

    assertThat(filter.accepts(new byte[60], HOST)).isTrue();
    assertThat(filter.accepts(new byte[60], OUTGOING)).isFalse();
  }
}
