package io.dsr.netty.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class VlansTest {

  private static final int START = 16;
  private static final int LENGTH = 60;
  private static final int IPV4 = 0x0800;

  private final MemorySegment memory = Arena.ofAuto().allocate(START + 100, 8);
  private int recycled;
  private final PacketFrame frame =
      TestFrames.over(memory, START, _ -> recycled++).deliver(LENGTH, 0);

  VlansTest() {
    for (int i = 0; i < LENGTH; i++) {
      frame.setByte(i, i);
    }
    frame.setShort(12, IPV4);
    memory.set(JAVA_BYTE, START - 10, (byte) 1); // NEEDS_CSUM
    memory.set(JAVA_SHORT_UNALIGNED, START - 8, (short) 54);
    memory.set(JAVA_SHORT_UNALIGNED, START - 4, (short) 34);
  }

  @Test
  void tagsAReceivedFrameInItsOwnMemory() {
    PacketFrame tagged = (PacketFrame) Vlans.retag(frame, 100);

    assertThat(tagged.address()).isEqualTo(memory.address() + START - 4);
    assertThat(tagged).isSameAs(frame);
    assertTagged(tagged);
    assertThat(tagged.release()).isTrue();
    assertThat(recycled).isEqualTo(1);
  }

  @Test
  void rewritesATagInPlaceAndKeepsItsPriority() {
    frame.setShort(12, 0x8100).setShort(14, 0xb064);

    assertThat(Vlans.retag(frame, 200)).isSameAs(frame);

    assertThat(frame.getUnsignedShort(14)).isEqualTo(0xb0c8);
    assertThat(Vlans.isTagged(frame)).isTrue();
  }

  @Test
  void copiesAFrameThatSomebodyElseHolds() {
    frame.retain();

    PacketFrame tagged = (PacketFrame) Vlans.retag(frame, 100);

    assertTagged(tagged);
    assertThat(frame.getUnsignedShort(12)).isEqualTo(IPV4);
    assertThat(checksumStart(frame)).isEqualTo(34);
    assertThat(tagged.release()).isTrue();
    assertThat(frame.release()).isTrue();
    assertThat(recycled).isEqualTo(1);
  }

  @Test
  void copiesAFrameWithoutRoomInFrontAndASlice() {
    var tight = TestFrames.over(memory, 10, _ -> recycled++).deliver(LENGTH, 0);
    tight.setShort(12, IPV4);
    ByteBuf tagged = Vlans.retag(tight, 100);
    assertThat(tagged.getInt(12)).isEqualTo(0x8100_0064);
    assertThat(recycled).as("the first went back").isEqualTo(1);
    tagged.release();

    ByteBuf slice = Vlans.retag(frame.slice(0, 50), 100);

    assertThat(slice.readableBytes()).isEqualTo(54);
    assertThat(checksumStart((PacketFrame) slice)).isEqualTo(38);
    assertThat(recycled).isEqualTo(2);
    slice.release();
  }

  @Test
  void tagsAFrameOfOurOwn() {
    ByteBuf own = Unpooled.buffer().writeZero(12).writeShort(IPV4).writeZero(46);

    ByteBuf tagged = Vlans.retag(own, 4094);
    assertThat(tagged.readableBytes()).isEqualTo(64);
    assertThat(tagged.getInt(12)).isEqualTo(0x8100_0ffe);
    assertThat(own.refCnt()).isZero();
    tagged.release();
  }

  @Test
  void tagsInPlaceOnlyWhereThereIsRoom() {
    PacketFrame tight = TestFrames.over(memory, 10, _ -> recycled++).deliver(LENGTH, 0);
    tight.setShort(12, IPV4);
    assertThat(Vlans.retagInPlace(tight, 100)).isFalse();
    assertThat(tight.getUnsignedShort(12)).isEqualTo(IPV4);
    assertThat(tight.release()).isTrue();

    assertThat(Vlans.retagInPlace(frame, 100)).isTrue();

    assertTagged(frame);
    assertThat(frame.refCnt()).isEqualTo(1);
  }

  @Test
  void refusesWhatIsNoVlan() {
    assertThatThrownBy(() -> Vlans.retag(frame, 4095))
        .hasMessage("vlan: 4095 (expected: 1 to 4094)");
    assertThatThrownBy(() -> Vlans.retag(frame, 0)).hasMessageContaining("vlan: 0");
  }

  private static void assertTagged(PacketFrame tagged) {
    assertThat(tagged.readableBytes()).isEqualTo(LENGTH + 4);
    assertThat(tagged.getByte(0)).isZero();
    assertThat(tagged.getByte(11)).isEqualTo((byte) 11);
    assertThat(tagged.getInt(12)).isEqualTo(0x8100_0064);
    assertThat(tagged.getUnsignedShort(16)).isEqualTo(IPV4);
    assertThat(tagged.getByte(LENGTH + 3)).isEqualTo((byte) (LENGTH - 1));
    assertThat(tagged.needsChecksum()).isTrue();
    assertThat(checksumStart(tagged)).isEqualTo(38);
  }

  private static int checksumStart(PacketFrame frame) {
    MemorySegment header = Arena.ofAuto().allocate(VnetHeader.LENGTH);
    frame.copyVnetHeader(header, 0, 0);
    return header.get(JAVA_SHORT_UNALIGNED, 6);
  }
}
