package io.dsr.netty.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import io.dsr.core.HashKey;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.core.datapath.VipGates;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.dsr.netty.OneServer;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ShardTest {

  private static final long STEP_MILLISECONDS = 50;
  private static final int FLOWS = 2_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final OverloadDetector load = new OverloadDetector(new ServerCounters(4), 4);
  private final Slots slots = new Slots(4);
  private long now;
  private final Shard shard =
      new Shard(
          0,
          channel.eventLoop(),
          slots,
          load,
          new DirectorLimits(10_000, HashKey.PLACEMENT, Admission.DEFAULT),
          new VipGates(/* open= */ true),
          () -> now);
  private int ticks;
  private boolean fails;
  private long quiet = Long.MAX_VALUE;

  @BeforeEach
  void begin() {
    channel.freezeTime();
    channel.pipeline().addLast(shard.handler());
    shard.begin(() -> {
      ticks++;
      if (fails) {
        throw new AssertionError("expected by a test");
      }
      return quiet;
    });
    channel.runPendingTasks();
  }

  @AfterEach
  void end() {
    assertThat(channel.finish()).isFalse();
  }

  /** Lets time go by, and returns how many ticks there were. */
  private int ticksIn(long milliseconds) {
    int before = ticks;
    for (long passed = 0; passed < milliseconds; passed += STEP_MILLISECONDS) {
      now += TimeUnit.MILLISECONDS.toNanos(STEP_MILLISECONDS);
      channel.advanceTimeBy(STEP_MILLISECONDS, TimeUnit.MILLISECONDS);
      channel.runPendingTasks();
    }
    return ticks - before;
  }

  private void frame() {
    channel.writeInbound(Unpooled.buffer(60).writeZero(60));
    channel.releaseInbound();
  }

  @Test
  void isNotLateWithWhatCameBeforeItIsWatched() {
    now += TimeUnit.SECONDS.toNanos(3); // the start keeps the loop busy
    assertThat(shard.isWatched()).isFalse();

    shard.watch();
    assertThat(shard.isWatched()).as("before its turn").isFalse();
    channel.runPendingTasks();
    assertThat(shard.isWatched()).isTrue();
    assertThat(shard.overdueNanos()).isNotPositive();
    assertThat(shard.takeLongestOverdueNanos()).isNotPositive();
    assertThat(ticksIn(1_000)).isPositive();
    assertThat(shard.takeLongestOverdueNanos()).isNotPositive();

    now += TimeUnit.SECONDS.toNanos(3);
    assertThat(shard.overdueNanos()).isGreaterThan(TimeUnit.SECONDS.toNanos(1));
  }

  @Test
  void tellsOfTheLoopThatIsLatestThoughAnotherIsNot() {
    var other =
        new Shard(
            1,
            channel.eventLoop(),
            slots,
            load,
            new DirectorLimits(10_000, HashKey.PLACEMENT, Admission.DEFAULT),
            new VipGates(/* open= */ true),
            () -> now);
    assertThat(Shard.longestOverdueNanos(List.of(shard, other))).isZero();

    assertThat(ticksIn(5_250)).isPositive(); // the other has no tick

    assertThat(shard.overdueNanos()).isNotPositive();
    assertThat(Shard.longestOverdueNanos(List.of(shard, other)))
        .isEqualTo(TimeUnit.SECONDS.toNanos(5));
  }

  @Test
  void restsForASecondAtATimeWithoutFramesAndDuties() {
    assertThat(ticksIn(250)).isEqualTo(1);

    assertThat(ticksIn(950)).isZero();
    assertThat(ticksIn(50)).isEqualTo(1);
    assertThat(ticksIn(10_000)).isEqualTo(10);
  }

  @Test
  void ticksFourTimesASecondWhileFramesCome() {
    int seen = 0;
    for (int tenth = 0; tenth < 100; tenth++) {
      frame();
      seen += ticksIn(100);
    }

    assertThat(seen).isEqualTo(40);
  }

  @Test
  void endsItsRestWithTheFirstFrame() {
    assertThat(ticksIn(500)).isEqualTo(1);

    frame();

    assertThat(ticksIn(200)).isZero();
    assertThat(ticksIn(50)).isEqualTo(1);
    assertThat(ticksIn(250)).isEqualTo(1); // that one had seen the frame
    assertThat(ticksIn(950)).isZero();
  }

  @Test
  void doesNotRestBeforeADutyThatIsDueSoon() {
    quiet = TimeUnit.MILLISECONDS.toNanos(999);

    assertThat(ticksIn(1_000)).isEqualTo(4);
  }

  @Test
  void doesNotRestWhileAServerIsFull() {
    load.counters().opened(0, false);
    load.thresholds(0, 1, 1);
    assertThat(ticksIn(10_000)).isEqualTo(40);

    load.counters().closed(0, false);
    assertThat(ticksIn(250)).isEqualTo(1);
    assertThat(ticksIn(950)).isZero();
  }

  @Test
  void doesNotRestWhileFlowsAreLeftToForget() {
    shard.director().sources(new long[] {0x0200_0000_00aaL});
    OneServer.serve(shard.director(), slots, load, () -> now);
    for (int port = 1; port <= FLOWS; port++) {
      channel.writeInbound(OneServer.datagram(port));
    }
    channel.releaseOutbound();
    assertThat(shard.director().connections()).isEqualTo(FLOWS);
    ticksIn(2_000); // to its rest

    now += TimeUnit.DAYS.toNanos(1);
    int seen = ticksIn(1_000);
    assertThat(shard.director().connections()).isPositive();
    seen += ticksIn(1_000);
    assertThat(seen).isBetween(5, 8);
    ticksIn(2_000);
    assertThat(shard.director().connections()).isZero();
    assertThat(ticksIn(10_000)).isEqualTo(10);
  }

  @Test
  void ticksOnWhateverADutyThrows() {
    fails = true;

    assertThat(ticksIn(1_000)).isEqualTo(4);
  }

  @Test
  void endsItsRestWithWhatIsOrderedWhateverThatThrows() {
    assertThat(ticksIn(500)).isEqualTo(1);

    Future<?> ordered =
        shard.submit(() -> {
          throw new IllegalStateException("expected by a test");
        });
    channel.runPendingTasks();

    assertThat(ordered.cause()).hasMessage("expected by a test");
    assertThat(ticksIn(250)).isEqualTo(1);
  }

  @Test
  void remembersThatItWasLateThoughAFrameComesFirst() {
    assertThat(ticksIn(500)).isEqualTo(1);
    assertThat(shard.takeLongestOverdueNanos()).isZero();

    now += TimeUnit.MILLISECONDS.toNanos(2_750);
    frame();

    assertThat(shard.takeLongestOverdueNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(2));
  }

  @Test
  void isNotOverdueWhileItRests() {
    assertThat(ticksIn(900)).isEqualTo(1);
    assertThat(shard.overdueNanos()).isNegative();

    now += TimeUnit.SECONDS.toNanos(2); // in which the loop has no time

    assertThat(shard.overdueNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1_650));
    assertThat(ticksIn(350)).isEqualTo(1);
    assertThat(shard.takeLongestOverdueNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(2));
    assertThat(shard.takeLongestOverdueNanos()).isZero();
  }
}
