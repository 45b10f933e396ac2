package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HeldFragmentsTest {

  private static final long START = Long.MAX_VALUE - 7;
  private static final long SECOND = 1_000_000_000L;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final HeldFragments<ByteBuf> fragments =
      new HeldFragments<>(new BufferCopies(allocator), START);
  private final FragmentKey key = new FragmentKey();

  @AfterEach
  void leavesNoMemoryBehind() {
    fragments.close();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void givesTheFragmentsOfADatagramBackInTheirOrder() {
    hold(1, 10);
    hold(2, 20);
    hold(1, 11);
    hold(1, 12);
    assertThat(fragments.held()).isEqualTo(4);
    assertThat(fragments.octets()).isEqualTo(16);

    assertThat(released(1)).containsExactly(10, 11, 12);

    assertThat(released(1)).isEmpty();
    assertThat(fragments.held()).isEqualTo(1);
    assertThat(released(2)).containsExactly(20);
    assertThat(fragments.octets()).isZero();
  }

  @Test
  void findsThemByAnotherKeyOfTheDatagram() {
    assertThat(fragments.hold(key.ipv6(1, 2, 3, 4, 5), frame(10))).isTrue();
    key.ipv4(1, 2, 3, 4);

    assertThat(fragments.release(key)).isNull();
    ByteBuf frame = requireNonNull(fragments.release(new FragmentKey().ipv6(1, 2, 3, 4, 5)));
    assertThat(frame.readInt()).isEqualTo(10);
    frame.release();
  }

  @Test
  void holdsACopyThatOutlivesTheFrame() {
    ByteBuf frame = Unpooled.buffer().writeInt(99).writeInt(10).readerIndex(4);
    assertThat(fragments.hold(datagram(1), frame)).isTrue();
    assertThat(frame.readerIndex()).isEqualTo(4);
    assertThat(frame.refCnt()).isEqualTo(1);
    frame.setInt(4, 77).release();

    ByteBuf copy = requireNonNull(fragments.release(datagram(1)));

    assertThat(copy.isReadOnly()).isFalse();
    assertThat(copy.refCnt()).isEqualTo(1);
    fragments.close();
    assertThat(copy.readableBytes()).isEqualTo(4);
    assertThat(copy.readInt()).isEqualTo(10);
    copy.release();
  }

  @Test
  void holdsEightOfADatagram() {
    for (int i = 0; i < 8; i++) {
      hold(1, i);
    }
    assertThat(fragments.hold(datagram(1), frame(8))).isFalse();
    hold(2, 20);

    assertThat(released(1)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    hold(1, 9);
  }

  @Test
  void holdsSixtyFourAndDropsNoneForAnother() {
    for (int id = 0; id < 64; id++) {
      hold(id, id);
    }
    assertThat(fragments.hold(datagram(64), frame(64))).isFalse();
    assertThat(fragments.held()).isEqualTo(64);

    assertThat(released(0)).containsExactly(0);
    hold(64, 64);
    assertThat(released(64)).containsExactly(64);
    assertThat(fragments.expired()).isZero();
  }

  @Test
  void refusesAFrameThatIsTooLong() {
    ByteBuf longest = Unpooled.buffer().writeZero(9216);
    assertThat(fragments.hold(datagram(1), longest)).isTrue();
    assertThat(fragments.hold(datagram(1), longest.writeByte(0))).isFalse();
    assertThat(fragments.octets()).isEqualTo(9216);
  }

  @Test
  void refusesWhatExceedsTheOctetsInAll() {
    try (var few = new HeldFragments<>(new BufferCopies(allocator), 9, 11, START)) {
      assertThat(few.hold(datagram(1), frame(1))).isTrue();
      assertThat(few.hold(datagram(1), frame(2))).isTrue();
      assertThat(few.hold(datagram(1), frame(3))).isFalse();
      assertThat(few.hold(datagram(1), Unpooled.buffer().writeZero(3))).isTrue();
      assertThat(few.octets()).isEqualTo(11);
    }
  }

  @Test
  void dropsWhatItHasHeldForASecond() {
    hold(1, 10);
    fragments.time(at(SECOND / 2));
    fragments.expire();
    hold(1, 11);
    hold(2, 20);

    fragments.time(at(SECOND - 1));
    fragments.expire();
    assertThat(fragments.held()).isEqualTo(3);
    fragments.time(at(SECOND));
    fragments.expire();
    assertThat(fragments.held()).isEqualTo(2);
    assertThat(fragments.expired()).isEqualTo(1);
    assertThat(released(1)).containsExactly(11);
    fragments.time(at(2 * SECOND));
    fragments.expire();

    assertThat(fragments.held()).isZero();
    assertThat(fragments.octets()).isZero();
    assertThat(fragments.expired()).isEqualTo(2);
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void takesAReadingBeforeTheLastAsNoProgress() {
    fragments.time(at(5 * SECOND));
    fragments.expire();
    fragments.time(START);
    fragments.expire();
    hold(1, 10);

    fragments.time(at(5 * SECOND + SECOND / 2));
    fragments.expire();

    assertThat(released(1)).containsExactly(10);
  }

  @Test
  void allocatesNothingUntilItHolds() {
    assertThat(fragments.release(datagram(1))).isNull();
    fragments.time(at(SECOND));
    fragments.expire();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void holdsNothingOnceItIsClosed() {
    hold(1, 10);

    fragments.close();

    assertThat(fragments.held()).isZero();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(fragments.hold(datagram(1), frame(11))).isFalse();
    assertThat(fragments.release(datagram(1))).isNull();
    assertThat(fragments.expired()).isZero();
  }

  @Test
  void refusesWhatIsOutOfRange() {
    var copies = new BufferCopies(allocator);
    for (int wrong : new int[] {0, 1025}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new HeldFragments<>(copies, wrong, 1, START))
          .withMessage("maximumFrames: " + wrong + " (expected: 1 to 1024)");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeldFragments<>(copies, 1, 0, START))
        .withMessage("maximumOctets: 0 (expected: 1 or more)");
  }

  /** Returns a reading of the ticker, which overflows: a difference alone counts. */
  private static long at(long nanos) {
    return START + nanos;
  }

  private void hold(int id, int content) {
    assertThat(fragments.hold(datagram(id), frame(content))).isTrue();
  }

  private List<Integer> released(int id) {
    List<Integer> contents = new ArrayList<>();
    ByteBuf frame = fragments.release(datagram(id));
    while (frame != null) {
      contents.add(frame.readInt());
      frame.release();
      frame = fragments.release(datagram(id));
    }
    return contents;
  }

  private FragmentKey datagram(int id) {
    return key.ipv4(1, 2, id, 17);
  }

  private static ByteBuf frame(int content) {
    return Unpooled.buffer().writeInt(content);
  }

  private record BufferCopies(ByteBufAllocator allocator) implements HeldFragments.Copies<ByteBuf> {

    @Override
    public int octets(ByteBuf frame) {
      return frame.readableBytes();
    }

    @Override
    public ByteBuf copy(ByteBuf frame) {
      int length = frame.readableBytes();
      return allocator.directBuffer(length).writeBytes(frame, frame.readerIndex(), length);
    }

    @Override
    public void release(ByteBuf copy) {
      copy.release();
    }
  }
}
