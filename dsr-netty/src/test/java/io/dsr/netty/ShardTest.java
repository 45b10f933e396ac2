package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Defence;
import io.dsr.core.HashKey;
import io.dsr.core.VirtualService;
import io.dsr.core.director.DirectorLimits;
import io.dsr.core.director.Planner;
import io.dsr.core.membership.LoadWatch;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.Reachability;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ShardTest {

  private static final long STEP_MILLISECONDS = 50;
  private static final String SERVER = "192.0.2.21";
  private static final int FLOWS = 2_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final LoadWatch load = new LoadWatch(new ServerCounters(4), 4);
  private final Slots slots = new Slots(4);
  private long now;
  private final Shard shard =
      new Shard(
          0,
          channel.eventLoop(),
          slots,
          load,
          new DirectorLimits(10_000, HashKey.PLACEMENT, Defence.DEFAULT),
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
    serve();
    for (int port = 1; port <= FLOWS; port++) {
      channel.writeInbound(datagram(port));
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

  /** Gives the director a service of one server, on the link of this channel. */
  private void serve() {
    Membership membership =
        Membership.empty(slots)
            .put(VirtualService.udp("192.0.2.10", 53).realServer(SERVER))
            .reachability(InetAddress.ofLiteral(SERVER), Reachability.REACHABLE);
    membership
        .services()
        .forEach(of -> of.members().forEach(member -> slots.mac(member.slot(), 0x0200_0000_00bbL)));
    shard.director().sources(new long[] {0x0200_0000_00aaL});
    var planner = new Planner(load, HashKey.PLACEMENT, () -> now, 1_000);
    shard.director().plan(planner.plans(membership, planner.none()).getFirst(), now);
  }

  /** Returns a datagram of 10.0.0.1 to port 53 of the VIP, without its IPv4 checksum. */
  private static ByteBuf datagram(int port) {
    return Unpooled.wrappedBuffer(
        ByteBufUtil.decodeHexDump(
            "0200000000aa0200000000cc0800"
                + "4500001c00000000401100000a000001c000020a"
                + "%04x003500080000".formatted(port)));
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
