package io.dsr.netty.host;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.link.LinkChange;
import io.dsr.linux.link.LinkChange.MtuChanged;
import io.dsr.netty.channel.ThreeNamespaces;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The watch on a loop and an executor, while ip(8) changes links. */
@Timeout(60)
final class LinkWatchIT {

  private final ThreeNamespaces net;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("watch-l"), EpollIoHandler.newFactory());
  private final DefaultEventExecutor executor =
      new DefaultEventExecutor(new DefaultThreadFactory("watch-e"));
  private final BlockingQueue<LinkChange> changes = new LinkedBlockingQueue<>();
  private final LinkWatch watch;

  LinkWatchIT() throws Exception {
    net = new ThreeNamespaces();
    net.middle.ip("link add name d0 type bridge");
    watch = net.middle.call(() -> LinkWatch.open(loops.next(), executor, this::told));
  }

  @AfterEach
  void end() {
    watch.close();
    loops.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    executor.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    net.close();
  }

  private void told(LinkChange change) {
    if (change.link().name().equals("d0")) {
      assertThat(executor.inEventLoop()).isTrue();
      changes.add(change);
      if (change.link().mtu() == 1313) {
        throw new IllegalStateException("what a listener does is its own affair");
      }
    }
  }

  private int nextMtu() throws InterruptedException {
    LinkChange change = changes.poll(5, SECONDS);
    assertThat(change).isInstanceOf(MtuChanged.class);
    return ((MtuChanged) change).after().mtu();
  }

  @Test
  void tellsAgainAndAgainOnTheExecutor() throws Exception {
    for (int i = 0; i < 50; i++) {
      net.middle.ip("link set d0 mtu " + (1300 + i));
      assertThat(nextMtu()).isEqualTo(1300 + i);
    }
    assertThat(watch.links()).anyMatch(link -> link.mtu() == 1349);
    assertThat(watch.overruns()).isZero();
  }

  @Test
  void costsNothingWhileNothingChanges() throws Exception {
    net.middle.ip("link set d0 mtu 1400");
    assertThat(nextMtu()).isEqualTo(1400);
    long before = cpuAtRest();
    Thread.sleep(500); // what is measured is that nothing happens

    assertThat(before).isPositive();
    assertThat(cpu() - before).isLessThan(500_000_000L / 200); // 0.5 % of a core
  }

  /** Returns the nanoseconds that both threads have run once they run no more. */
  private static long cpuAtRest() throws Exception {
    long before = cpu();
    for (int looks = 0; looks < 500; looks++) {
      Thread.sleep(10);
      long now = cpu();
      if (now == before) {
        return now;
      }
      before = now;
    }
    throw new AssertionError("the threads do not come to rest within 5 s");
  }

  /** Returns the nanoseconds that both threads have run. */
  private static long cpu() throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        sum += cpu(thread);
      }
    }
    return sum;
  }

  private static long cpu(Path thread) throws IOException {
    try {
      return Files.readString(thread.resolve("comm")).startsWith("watch-")
          ? Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", -1)[0])
          : 0;
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return 0; // another thread, which ended
    }
  }

  @Test
  void tellsNothingOnceClosed() throws Exception {
    watch.close();
    loops.next().submit(() -> {}).sync();
    net.middle.ip("link set d0 mtu 1400");
    executor.submit(() -> {}).sync();

    assertThat(changes).isEmpty();
  }

  @Test
  void endsWithItsLoopAndItsExecutor() throws Exception {
    executor.shutdownGracefully(0, 2, SECONDS).sync();
    net.middle.ip("link set d0 mtu 1400");
    net.middle.ip("link set d0 mtu 1401");
    loops.next().submit(() -> {}).sync();
    loops.shutdownGracefully(0, 2, SECONDS).sync();

    watch.close();
    assertThat(changes).isEmpty();
  }

  @Test
  void refusesALoopThatHasNoEpoll() {
    var nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    assertThatThrownBy(() -> LinkWatch.open(nio.next(), executor, this::told))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: a native epoll loop");
    nio.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
  }
}
