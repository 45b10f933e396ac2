package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.linux.Errno;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A container that refuses rings, by a seccomp filter on the event loop's thread alone. */
@Timeout(60)
final class RefusedRingIT {

  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_SET_SECCOMP = 22;
  private static final int SECCOMP_MODE_FILTER = 2;
  private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
  private static final int SECCOMP_RET_ERRNO = 0x00050000;
  private static final int PACKET_RX_RING = 5;
  private static final int SOL_PACKET = 263;

  private static final MethodHandle PRCTL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("prctl"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG),
              Linker.Option.firstVariadicArg(1));

  @ParameterizedTest
  @CsvSource({"TPACKET_V2, 1", "TPACKET_V2, 12", "TPACKET_V3, 1", "TPACKET_V3, 22"})
  void receivesWithoutARing(ReceivePath wanted, int errno) throws Exception {
    try (var net = new ThreeNamespaces();
        var loop = new RefusingLoop(errno)) {
      PacketChannel peer = net.openIn(net.left, "client", new FrameCollector());
      var frames = new FrameCollector();
      Bootstrap bootstrap = net.bootstrap(frames);
      bootstrap = bootstrap.clone(loop.group).option(PacketChannelOption.RECEIVE_PATH, wanted);
      PacketChannel channel = ThreeNamespaces.bind(net.middle, "in", bootstrap);

      peer.writeAndFlush(TestFrames.frame(5)).sync();

      assertThat(frames.takeNumber()).isEqualTo(5);
      assertThat(channel.statistics().path()).isEqualTo(ReceivePath.RECVMMSG);
      assertThat(channel.config().getReceivePath()).isEqualTo(wanted);
    }
    assertThat(errno).isIn(Errno.EPERM, Errno.ENOMEM, Errno.EINVAL);
  }

  /** One event loop whose thread may not ask for a ring. */
  private static final class RefusingLoop implements AutoCloseable {
    final MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    RefusingLoop(int errno) throws Exception {
      group.next().submit(() -> refuse(errno)).sync();
    }

    @Override
    public void close() {
      group.shutdownGracefully(0, 2, SECONDS).syncUninterruptibly();
    }
  }

  private static void refuse(int errno) {
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    long[][] program = {
      {0x20, 0, 0, 0}, // ld nr
      {0x15, 0, 5, arm ? 208 : 54}, // setsockopt?
      {0x20, 0, 0, 24}, // ld level
      {0x15, 0, 3, SOL_PACKET},
      {0x20, 0, 0, 32}, // ld option
      {0x15, 0, 1, PACKET_RX_RING},
      {0x06, 0, 0, SECCOMP_RET_ERRNO | errno},
      {0x06, 0, 0, SECCOMP_RET_ALLOW},
    };
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(8L * program.length, 8);
      for (int i = 0; i < program.length; i++) {
        code.set(ValueLayout.JAVA_SHORT, 8L * i, (short) program[i][0]);
        code.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) program[i][1]);
        code.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) program[i][2]);
        code.set(ValueLayout.JAVA_INT, 8L * i + 4, (int) program[i][3]);
      }
      MemorySegment filter = arena.allocate(16, 8);
      filter.set(ValueLayout.JAVA_SHORT, 0, (short) program.length);
      filter.set(ValueLayout.ADDRESS, 8, code);
      assertThat(prctl(PR_SET_NO_NEW_PRIVS, 1, 0)).isZero();
      assertThat(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter.address())).isZero();
    }
  }

  private static int prctl(int what, long first, long second) {
    try {
      return (int) PRCTL.invokeExact(what, first, second, 0L, 0L);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
