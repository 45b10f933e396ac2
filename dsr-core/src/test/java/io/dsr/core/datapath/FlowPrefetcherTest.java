package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.VirtualService;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.frame.FrameBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FlowPrefetcherTest {

  private static final int FRAMES = 300_000;

  private final DirectorSetup setup = new DirectorSetup(4_096);
  private final FlowPrefetcher prefetcher = setup.director.prefetcher();
  private final FlowKey guess = new FlowKey(HashKey.PLACEMENT);

  /** The classifier, which a frame has to convince of every length, is the oracle. */
  @Test
  void guessesNoOtherFlowThanTheFrameTurnsOutToBeOf() {
    long seed = System.nanoTime();
    var hostile = new HostileFrames(seed);
    var classifier = new FrameClassifier(HashKey.PLACEMENT, Admission.DEFAULT.dropBogusFlags());
    Map<FrameClassifier.Kind, Integer> guessed = new EnumMap<>(FrameClassifier.Kind.class);
    for (int i = 0; i < FRAMES; i++) {
      ByteBuf frame = Unpooled.wrappedBuffer(hostile.bytes(), 0, hostile.next());
      boolean looksLikeOne = FlowPrefetcher.guess(frame, guess);
      boolean isOne = classifier.classify(frame) == null;
      FrameClassifier.Kind kind = classifier.kind();
      boolean hasPorts = kind == FrameClassifier.Kind.TCP || kind == FrameClassifier.Kind.UDP;
      if (looksLikeOne && isOne && hasPorts) {
        assertThat(text(guess)).as("seed " + seed).isEqualTo(text(classifier.flow()));
        guessed.merge(kind, 1, Integer::sum);
      }
    }
    assertThat(guessed).as("seed " + seed).hasSize(2);
    assertThat(guessed.values()).allMatch(count -> count > FRAMES / 100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.5", "2001:db8:1::5"})
  void knowsPlainFramesAndNoneThatIsTooShort(String client) {
    for (ByteBuf frame :
        List.of(
            ClientFrames.udp(client, 4_000).buffer(), ClientFrames.tcp(client, 80, 16).buffer())) {
      int ports = ClientFrames.isIpv6(client) ? 58 : 38;
      for (int length = 0; length <= frame.writerIndex(); length++) {
        assertThat(FlowPrefetcher.guess(frame.slice(0, length), guess)).isEqualTo(length >= ports);
      }
    }
    assertThat(FlowPrefetcher.guess(ClientFrames.echo(client).buffer(), guess)).isFalse();
  }

  @Test
  void isWorthwhileOnceThereAreManyFlows() {
    setup.put(VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.21"));
    for (int port = 0; port < FlowPrefetcher.FEWEST_FLOWS; port++) {
      assertThat(prefetcher.isWorthwhile()).as("flows: " + port).isFalse();
      setup.director.direct(ClientFrames.udp("10.0.0.5", 1_024 + port).buffer());
    }

    assertThat(prefetcher.isWorthwhile()).isTrue();
  }

  /** Whatever was prefetched, a flow's hash is its own. */
  @Test
  void knowsTheHashesOfTheNextFlowsAndComputesThoseOfOthers() {
    setup.put(VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.21"));
    FlowTracker table = setup.tables("10.0.0.5").remembered();
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 2_000; round++) {
      for (int frame = random.nextInt(FlowPrefetcher.MOST + 2); frame > 0; frame--) {
        setup.director.prefetcher().prefetch(datagram(random));
        if (random.nextInt(10) == 0) {
          checkHash(datagram(random), table, "seed " + seed);
        }
      }
      if (random.nextInt(10) > 0) {
        setup.director.prefetcher().load();
      }
      for (int frame = random.nextInt(10); frame > 0; frame--) {
        checkHash(datagram(random), table, "seed " + seed);
      }
    }
  }

  /** A hash by another key tells one that is computed from one that was prefetched. */
  @Test
  void knowsTheHashesOfFramesBehindOnesThatNobodyAskedAbout() {
    setup.put(VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.21"));
    FlowTracker table = setup.tables("10.0.0.5").remembered();
    var stranger = new FlowTracker(false, 1, HashKey.random(), setup.counters, 0);
    for (int asked = 1; asked < 1 << FlowPrefetcher.MOST; asked++) {
      for (int port = 1; port <= FlowPrefetcher.MOST; port++) {
        prefetcher.prefetch(ClientFrames.udp("10.0.0.5", port).buffer());
      }
      prefetcher.load();
      for (int port = 1; port <= FlowPrefetcher.MOST; port++) {
        FlowPrefetcher.guess(ClientFrames.udp("10.0.0.5", port).buffer(), guess);
        if ((asked & (1 << (port - 1))) != 0) {
          assertThat(prefetcher.hash(guess, stranger))
              .as("port %d of those in %x", port, asked)
              .isEqualTo(table.hash(guess));
        }
      }
      FlowPrefetcher.guess(ClientFrames.udp("10.0.0.5", 99).buffer(), guess);
      assertThat(prefetcher.hash(guess, stranger)).isEqualTo(stranger.hash(guess));
    }
  }

  /** Forgetting another flow, which makes room for one, has that one decided about again. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void takesOneHashForAFrameThatIsDecidedAboutTwice(boolean tcp) {
    setup.put(VirtualService.udp(ClientFrames.VIP, 53).realServer("192.0.2.21"));
    setup.put(VirtualService.tcp(ClientFrames.VIP, 80).realServer("192.0.2.21"));
    FlowTracker table = setup.tables("10.0.0.5").remembered();
    var stranger = new FlowTracker(false, 1, HashKey.random(), setup.counters, 0);
    setup.direct(frame(tcp, 1));
    setup.director.time(Duration.ofHours(1).toNanos());
    for (int port : new int[] {8, 9, 8}) {
      prefetcher.prefetch(frame(tcp, port).buffer());
    }
    prefetcher.load();

    setup.direct(frame(tcp, 8));

    assertThat(setup.director.connections()).as("the first one is forgotten").isEqualTo(1);
    FlowPrefetcher.guess(frame(tcp, 9).buffer(), guess);
    assertThat(prefetcher.hash(guess, stranger)).isEqualTo(table.hash(guess));
  }

  private static FrameBuilder frame(boolean tcp, int port) {
    return tcp
        ? ClientFrames.tcp("10.0.0.5", port, ClientFrames.ACK)
        : ClientFrames.udp("10.0.0.5", port);
  }

  private static ByteBuf datagram(SplittableRandom random) {
    return ClientFrames.udp("10.0.0." + random.nextInt(1, 3), random.nextInt(1, 3)).buffer();
  }

  private void checkHash(ByteBuf frame, FlowTracker table, String what) {
    assertThat(FlowPrefetcher.guess(frame, guess)).isTrue();
    assertThat(setup.director.prefetcher().hash(guess, table))
        .as(what)
        .isEqualTo(table.hash(guess));
  }

  private static String text(FlowKey flow) {
    return "%x:%x %x:%x %d %d %d"
        .formatted(
            flow.sourceHigh(),
            flow.sourceLow(),
            flow.destinationHigh(),
            flow.destinationLow(),
            flow.sourcePort(),
            flow.destinationPort(),
            flow.protocol());
  }
}
