package io.dsr.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ControlSocketTest {

  @TempDir private Path directory;

  @Test
  void isItsOwnersAloneAndLeavesNothingElse() throws IOException {
    try (var socket = ControlSocket.open(name())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(name())))
          .isEqualTo("rw-------");
      assertThat(files()).containsExactly(name());
      connect();
      assertThat(socket.channel().isOpen()).isTrue();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void replacesWhatADeadProcessHasLeft() throws IOException {
    leaveStale();

    try (var socket = ControlSocket.open(name())) {
      connect();
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(files()).containsExactly(name());
    }
  }

  @Test
  void refusesALiveOneAndLeavesIt() throws IOException {
    try (var socket = ControlSocket.open(name())) {
      assertThatThrownBy(() -> ControlSocket.open(name()))
          .isInstanceOf(IOException.class)
          .hasMessage(
              name()
                  + " belongs to a running balancer (expected: another name; or end that balancer"
                  + " first)");
      connect();
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(files()).containsExactly(name());
    }
  }

  @Test
  void refusesAFileThatIsNotASocketAndLeavesIt() throws IOException {
    Files.writeString(name(), "precious");

    assertThatThrownBy(() -> ControlSocket.open(name()))
        .hasMessageContaining("is not a socket (expected: a socket or a name that does not exist)");
    assertThat(name()).hasContent("precious");
    assertThat(files()).containsExactly(name());
  }

  @Test
  void refusesAFifoAndLeavesIt() throws Exception {
    run("mkfifo", name().toString());

    assertThatThrownBy(() -> ControlSocket.open(name()))
        .hasMessage(name() + " is not a socket (expected: a socket or a name that does not exist)");
    assertThat(files()).containsExactly(name());
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void waitsForNoFifoInPlaceOfItsLock() throws Exception {
    Path lock = directory.resolve("." + name().getFileName() + ".lock");
    run("mkfifo", lock.toString());

    assertThatThrownBy(() -> ControlSocket.open(name()))
        .hasMessage(
            lock + " is not a regular file (cure: remove it, or give --control another name)");
    assertThat(files()).containsExactly(lock);
  }

  @Test
  void refusesTheRootDirectory() {
    assertThatThrownBy(() -> ControlSocket.open(Path.of("/")))
        .isInstanceOf(IOException.class)
        .hasMessage("/ is a directory (expected: the name of a socket)");
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }

  @Test
  void refusesANameThatIsTooLongOrInNoDirectory() {
    assertThatThrownBy(() -> ControlSocket.open(directory.resolve("x".repeat(100))))
        .hasMessageContaining("bytes (expected: at most 90)");
    assertThatThrownBy(() -> ControlSocket.open(directory.resolve("none/c")))
        .hasMessageContaining("(cure: mkdir -p ");
  }

  @Test
  void doesNotRemoveTheSocketOfASuccessor() throws IOException {
    var first = ControlSocket.open(name());
    Files.delete(name());
    try (var second = ControlSocket.open(name())) {
      first.close();

      connect();
      assertThat(second.channel().isOpen()).isTrue();
    }
  }

  @Test
  void letsOneOfManyWinADeadName() throws Exception {
    for (int round = 0; round < 20; round++) {
      leaveStale();
      List<ControlSocket> winners = race(4);

      assertThat(winners).as("round %d", round).hasSize(1);
      connect();
      winners.getFirst().close();
    }
  }

  private List<ControlSocket> race(int runners) throws Exception {
    var start = new CountDownLatch(1);
    List<ControlSocket> winners = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(runners)) {
      List<Future<ControlSocket>> starts = new ArrayList<>();
      for (int i = 0; i < runners; i++) {
        starts.add(
            threads.submit(() -> {
              start.await();
              return ControlSocket.open(name());
            }));
      }
      start.countDown();
      for (Future<ControlSocket> each : starts) {
        try {
          winners.add(each.get());
        } catch (java.util.concurrent.ExecutionException refused) {
          assertThat(refused).hasCauseInstanceOf(IOException.class);
        }
      }
    }
    return winners;
  }

  /** Leaves a socket as a process does that was killed: its name stays. */
  private void leaveStale() throws IOException {
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(name()));
    }
    assertThat(name()).exists();
  }

  private void connect() throws IOException {
    SocketChannel.open(UnixDomainSocketAddress.of(name())).close();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private Path name() {
    return directory.resolve("c");
  }
}
