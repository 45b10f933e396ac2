package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class PacketRingTest {

  private static final int FRAME_SIZE = 2048;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(4L * FRAME_SIZE, 16);
  private final PacketRing ring = new PacketRing(memory, arena, FRAME_SIZE);

  @Test
  void readsTheHeaderOfASlot() {
    long slot = 2L * FRAME_SIZE;
    memory.set(JAVA_INT, slot + 4, 1514);
    memory.set(JAVA_INT, slot + 8, 100);
    memory.set(JAVA_SHORT, slot + 12, (short) 82);
    memory.set(JAVA_SHORT, slot + 24, (short) 0xe064);
    memory.set(JAVA_SHORT, slot + 26, (short) 0x88a8);
    memory.set(JAVA_BYTE, slot + 42, (byte) 3);

    assertThat(ring.frames()).isEqualTo(4);
    assertThat(ring.length(2)).isEqualTo(1514);
    assertThat(ring.capturedLength(2)).isEqualTo(100);
    assertThat(ring.macOffset(2)).isEqualTo(82);
    assertThat(ring.vlanTag(2)).isEqualTo(0xe064);
    assertThat(ring.vlanProtocol(2)).isEqualTo(0x88a8);
    assertThat(ring.packetType(2)).isEqualTo(3);
  }

  @Test
  void goesThroughTheStatesOfASlot() {
    assertThat(ring.status(1)).isEqualTo(PacketRing.KERNEL);
    memory.set(JAVA_INT, FRAME_SIZE, PacketRing.USER | PacketRing.COPY);
    assertThat(ring.status(1)).isEqualTo(PacketRing.USER | PacketRing.COPY);

    ring.hold(1);
    assertThat(ring.status(1) & PacketRing.USER).isZero();
    assertThat(ring.status(1)).isNotEqualTo(PacketRing.KERNEL);

    ring.release(1);
    assertThat(ring.status(1)).isEqualTo(PacketRing.KERNEL);
  }

  @Test
  void throwsRatherThanCrashesAfterClose() {
    ring.close();
    ring.close();

    assertThatThrownBy(() -> ring.status(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void computesWhereTheKernelPutsAFrame() {
    assertThat(PacketRing.usualMacOffset(0, false)).isEqualTo(66);
    assertThat(PacketRing.usualMacOffset(6, true)).isEqualTo(82);
  }

  @Test
  void choosesBlocksOfWholeSlots() {
    assertThat(PacketRing.blockSize(2048, 4096)).isEqualTo(256 * 1024);
    assertThat(PacketRing.blockSize(2048, 64)).isEqualTo(128 * 1024);
    assertThat(PacketRing.blockSize(1 << 19, 4)).isEqualTo(1 << 19);
    assertThatThrownBy(() -> PacketRing.blockSize(1500, 64))
        .hasMessage("frameSize: 1500 (expected: a power of two >= 256)");
    assertThatThrownBy(() -> PacketRing.blockSize(2048, 100))
        .hasMessage("frames: 100 (expected: a power of two)");
  }
}
