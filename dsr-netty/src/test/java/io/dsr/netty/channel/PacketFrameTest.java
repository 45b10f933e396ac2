package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

final class PacketFrameTest {

  private static final int START = 16;
  private static final int LENGTH = 60;

  private final MemorySegment memory = Arena.ofAuto().allocate(START + 100, 8);
  private int recycled;
  private final PacketFrame frame =
      TestFrames.over(memory, START, _ -> recycled++).deliver(LENGTH, 3);

  PacketFrameTest() {
    for (int i = 0; i < LENGTH; i++) {
      memory.set(JAVA_BYTE, START + i, (byte) i);
    }
    header(1, 54, 34); // NEEDS_CSUM
  }

  private void header(int flags, int headerLength, int checksumStart) {
    memory.set(JAVA_BYTE, START - 10, (byte) flags);
    memory.set(JAVA_SHORT_UNALIGNED, START - 8, (short) headerLength);
    memory.set(JAVA_SHORT_UNALIGNED, START - 4, (short) checksumStart);
  }

  @Test
  void isABufferWhoseFirstByteIsTheFirstOfTheFrame() {
    assertThat(frame.readerIndex()).isZero();
    assertThat(frame.readableBytes()).isEqualTo(LENGTH);
    assertThat(frame.getByte(5)).isEqualTo((byte) 5);
    assertThat(frame.capacity()).isEqualTo(100);
    assertThat(frame.packetType()).isEqualTo(3);
    assertThat(frame.needsChecksum()).isTrue();
    assertThat(frame.isSegmented()).isFalse();
  }

  @Test
  void goesBackToItsOwnerAndIsNewAtTheNextDelivery() {
    frame.retain();
    frame.readerIndex(14).markReaderIndex();
    assertThat(frame.release()).isFalse();
    assertThat(frame.release()).isTrue();
    assertThat(recycled).isEqualTo(1);
    assertThatThrownBy(() -> frame.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
    assertThatThrownBy(frame::needsChecksum).isInstanceOf(IllegalReferenceCountException.class);

    frame.deliver(20, 0);
    assertThat(frame.refCnt()).isEqualTo(1);
    assertThat(frame.resetReaderIndex().readableBytes()).isEqualTo(20);
  }

  @Test
  void keepsTheVnetHeaderInACopy() {
    var copy = (PacketFrame) frame.copy();
    header(0, 0, 0);

    assertThat(copy).isEqualTo(frame);
    assertThat(copy.needsChecksum()).isTrue();
    assertThat(vnetHeader(copy).get(JAVA_SHORT_UNALIGNED, 6)).isEqualTo((short) 34);
    assertThat(copy.release()).isTrue();
    assertThat(recycled).isZero();
  }

  @Test
  void countsFromTheStartOfACopyOfAPart() {
    ByteBuf part = frame.copy(14, 40);

    assertThat(part.getByte(0)).isEqualTo((byte) 14);
    assertThat(vnetHeader((PacketFrame) part).get(JAVA_SHORT_UNALIGNED, 6)).isEqualTo((short) 20);
    assertThat(vnetHeader((PacketFrame) part).get(JAVA_SHORT_UNALIGNED, 2)).isEqualTo((short) 40);
    assertThatThrownBy(() -> frame.copy(90, 20)).isInstanceOf(IndexOutOfBoundsException.class);
    part.release();
  }

  @Test
  void takesATagBehindTheAddresses() {
    frame.insertTag(0x88a8, 0x2064);

    PacketFrame tagged = frame;
    assertThat(tagged.readableBytes()).isEqualTo(LENGTH + 4);
    assertThat(tagged.getByte(0)).isZero();
    assertThat(tagged.getByte(11)).isEqualTo((byte) 11);
    assertThat(tagged.getInt(12)).isEqualTo(0x88a82064);
    assertThat(tagged.getByte(16)).isEqualTo((byte) 12);
    assertThat(tagged.getByte(LENGTH + 3)).isEqualTo((byte) (LENGTH - 1));
    assertThat(vnetHeader(tagged).get(JAVA_SHORT_UNALIGNED, 6)).isEqualTo((short) 38);
    assertThat(vnetHeader(tagged).get(JAVA_SHORT_UNALIGNED, 2)).isEqualTo((short) 58);
  }

  @Test
  void hasAFixedCapacity() {
    assertThat(frame.capacity(100)).isSameAs(frame);
    assertThatThrownBy(() -> frame.capacity(200)).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> frame.writeZero(41)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static MemorySegment vnetHeader(PacketFrame frame) {
    MemorySegment header = Arena.ofAuto().allocate(VnetHeader.LENGTH);
    frame.copyVnetHeader(header, 0, 0);
    return header;
  }

  @Test
  void allowsNoAccessOutsideOfItNorAfterTheLastRelease() {
    List<IntConsumer> accesses =
        List.of(
            index -> frame.getByte(index),
            index -> frame.getShort(index),
            index -> frame.getInt(index),
            index -> frame.getLong(index),
            index -> frame.setByte(index, 1),
            index -> frame.setShort(index, 1),
            index -> frame.setInt(index, 1),
            index -> frame.setLong(index, 1));
    for (int i = 0; i < accesses.size(); i++) {
      IntConsumer access = accesses.get(i);
      int last = frame.capacity() - (1 << (i % 4));
      access.accept(0);
      access.accept(last);
      for (int index : new int[] {-1, last + 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> access.accept(index))
            .as("access %s, index %s", i, index)
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
    frame.release();
    for (IntConsumer access : accesses) {
      assertThatThrownBy(() -> access.accept(0)).isInstanceOf(IllegalReferenceCountException.class);
    }
    frame.deliver(LENGTH, 0);
    accesses.forEach(access -> access.accept(0));
  }
}
