package io.dsr.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.LinuxException;
import io.dsr.linux.notify.UnixDatagram;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class ServiceNoticeTest {

  @TempDir private Path directory;

  @Test
  void tellsInTheWordsOfSystemd() throws IOException {
    Path name = directory.resolve("notify");
    Epoll.ensureAvailability(); // loads the library that has Socket's calls
    Socket manager = Socket.newSocketDomainDgram();
    try {
      manager.bind(new DomainSocketAddress(name.toString()));
      ServiceNotice notice = ServiceNotice.of(Map.of("NOTIFY_SOCKET", name.toString()), 7);
      notice.status("starting\nin two lines");
      notice.ready();
      notice.extend(Duration.ofSeconds(30));
      notice.alive();
      notice.stopping();

      List<String> told = new ArrayList<>();
      for (int message = 0; message < 5; message++) {
        told.add(next(manager));
      }
      assertThat(told)
          .containsExactly(
              "STATUS=starting in two lines",
              "READY=1",
              "EXTEND_TIMEOUT_USEC=30000000",
              "WATCHDOG=1",
              "STOPPING=1");
    } finally {
      manager.close();
    }
  }

  @Test
  @Timeout(20)
  void tellsThatItIsReadyAsSoonAsTheManagerHasRoom() throws Exception {
    Path name = directory.resolve("notify");
    Epoll.ensureAvailability();
    Socket manager = Socket.newSocketDomainDgram();
    try {
      manager.bind(new DomainSocketAddress(name.toString()));
      fill(name);

      ServiceNotice.of(Map.of("NOTIFY_SOCKET", name.toString()), 7).ready();

      while (!next(manager).equals("READY=1")) {
        Thread.sleep(1);
      }
    } finally {
      manager.close();
    }
  }

  private static void fill(Path name) {
    assertThatThrownBy(
            () -> {
              while (true) {
                UnixDatagram.send(name.toString(), "of another unit".getBytes(UTF_8));
              }
            })
        .isInstanceOf(LinuxException.class);
  }

  /** Returns the next message; empty if there is none now. */
  private static String next(Socket manager) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(256);
    int length = manager.recv(buffer, 0, buffer.capacity());
    byte[] octets = new byte[length];
    buffer.get(0, octets);
    return new String(octets, UTF_8);
  }

  @Test
  void takesAWatchdogThatIsThisProcessAlone() {
    Map<String, String> asked = Map.of("NOTIFY_SOCKET", "@x", "WATCHDOG_USEC", "3000000");
    assertThat(ServiceNotice.of(asked, 7).watchdog()).contains(Duration.ofSeconds(3));

    for (var other : List.of(Map.of("WATCHDOG_PID", "8"), Map.of("WATCHDOG_USEC", "x"))) {
      var environment = new HashMap<>(asked);
      environment.putAll(other);
      assertThat(ServiceNotice.of(environment, 7).watchdog()).isEmpty();
    }
  }

  @Test
  void tellsNobodyWhereNobodyAsked() {
    ServiceNotice notice = ServiceNotice.of(Map.of(), 7);

    notice.ready();
    assertThat(notice.isAsked()).isFalse();
    ServiceNotice.of(Map.of("NOTIFY_SOCKET", "/nowhere/notify"), 7).ready(); // and does not throw
  }
}
