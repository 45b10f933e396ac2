package io.dsr.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.EventsLost;
import io.dsr.core.BalancerEvent.FramesLost;
import io.dsr.core.Loss;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class EventListenersTest {

  private static final BalancerEvent UP = new BalancerEvent.InterfaceUp("eth0");
  private static final BalancerEvent DOWN = new BalancerEvent.InterfaceDown("eth0");

  private final EventListeners listeners =
      new EventListeners(Runnable::run, (extension, failure) -> {});

  @Test
  void tellsTheOthersThoughOneThrows() {
    List<BalancerEvent> heard = new ArrayList<>();
    listeners.add(event -> {
      throw new IllegalStateException("on purpose");
    });
    listeners.add(event -> {
      throw new AssertionError("on purpose");
    });
    listeners.add(heard::add);

    listeners.accept(UP);
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP, DOWN);
  }

  @Test
  void tellsNothingOnceTheRegistrationIsClosed() {
    List<BalancerEvent> heard = new ArrayList<>();
    var first = listeners.add(heard::add);
    var second = listeners.add(heard::add);
    listeners.accept(UP);
    assertThat(heard).containsExactly(UP, UP);

    first.close();
    first.close();
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP, UP, DOWN);
    second.close();
  }

  @Test
  void letsAListenerEndItsOwnRegistration() {
    List<BalancerEvent> heard = new ArrayList<>();
    var registration = new ArrayList<AutoCloseable>();
    registration.add(
        listeners.add(event -> {
          heard.add(event);
          try {
            registration.getFirst().close();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        }));

    listeners.accept(UP);
    listeners.accept(DOWN);

    assertThat(heard).containsExactly(UP);
  }

  @Test
  void countsWhateverAListenerThrowsByItsName() {
    List<String> faults = new ArrayList<>();
    var faulty =
        new EventListeners(Runnable::run, (name, failure) -> faults.add(name + ": " + failure));
    faulty.add(new Sneaky());
    faulty.add(new Sneaky());

    faulty.accept(UP);

    assertThat(faults)
        .hasSize(2)
        .containsOnly(
            "listener " + Sneaky.class.getName() + ": java.io.IOException: past the compiler");
  }

  @Test
  void waitsForNoListenerAndLetsNoneWaitForAnother() throws Exception {
    var users = new UserThreads();
    var apart = new EventListeners(users, (name, failure) -> {});
    var release = new CountDownLatch(1);
    var heard = new LinkedBlockingQueue<BalancerEvent>();
    apart.add(event -> {
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    apart.add(heard::add);

    apart.accept(UP);
    apart.accept(DOWN);

    assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(UP);
    assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(DOWN);
    release.countDown();
    users.close();
  }

  @Test
  void keepsTheNewestForASlowListenerAndTellsItHowManyItMissed() {
    Queue<Runnable> tasks = new ArrayDeque<>();
    var slow = new EventListeners(tasks::add, (name, failure) -> {});
    List<BalancerEvent> heard = new ArrayList<>();
    slow.add(heard::add);
    List<BalancerEvent> all =
        IntStream.range(0, EventListeners.WAITING + 7)
            .<BalancerEvent>mapToObj(i -> new BalancerEvent.InterfaceUp("eth" + i))
            .toList();

    all.forEach(slow);
    assertThat(tasks).as("one task at a time").hasSize(1);
    tasks.remove().run();

    assertThat(slow.lost()).isEqualTo(7);
    assertThat(heard).hasSize(EventListeners.WAITING + 1).startsWith(new EventsLost(7));
    assertThat(heard.subList(1, heard.size())).isEqualTo(all.subList(7, all.size()));
  }

  @Test
  void addsUpLossesThatWait() {
    Queue<Runnable> tasks = new ArrayDeque<>();
    var slow = new EventListeners(tasks::add, (name, failure) -> {});
    List<BalancerEvent> heard = new ArrayList<>();
    slow.add(heard::add);

    slow.accept(new FramesLost("eth0", Loss.RING_FULL, 3));
    slow.accept(UP);
    slow.accept(new FramesLost("eth1", Loss.RING_FULL, 5));
    slow.accept(new FramesLost("eth0", Loss.RING_FULL, 4));
    slow.accept(new FramesLost("eth0", Loss.TRUNCATED, 1));
    tasks.remove().run();

    assertThat(heard)
        .containsExactly(
            UP,
            new FramesLost("eth1", Loss.RING_FULL, 5),
            new FramesLost("eth0", Loss.RING_FULL, 7),
            new FramesLost("eth0", Loss.TRUNCATED, 1));
    assertThat(slow.lost()).isZero();
  }

  /** Throws what the compiler does not let a listener throw. */
  private static final class Sneaky implements Consumer<BalancerEvent> {
    @Override
    public void accept(BalancerEvent event) {
      throw Sneaky.<RuntimeException>unchecked(new IOException("past the compiler"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T unchecked(Throwable failure) throws T {
      throw (T) failure;
    }
  }
}
