package io.dsr.linux.packet;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

final class PacketBlocksTest {

  private static final int BLOCK_SIZE = 4096;
  private static final int USER = 1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(4L * BLOCK_SIZE, 16);
  private final PacketBlocks blocks = new PacketBlocks(memory, arena, BLOCK_SIZE);

  @Test
  void findsTheFramesOfABlock() {
    memory.set(JAVA_INT, 2L * BLOCK_SIZE + 12, 2);
    memory.set(JAVA_INT, 2L * BLOCK_SIZE + 16, 48);
    memory.set(JAVA_INT, 2L * BLOCK_SIZE + 48, 176);

    assertThat(blocks.blocks()).isEqualTo(4);
    assertThat(blocks.packets(2)).isEqualTo(2);
    int record = blocks.firstRecord(2);
    assertThat(record).isEqualTo(2 * BLOCK_SIZE + 48);
    assertThat(blocks.nextRecord(record)).isEqualTo(2 * BLOCK_SIZE + 48 + 176);
  }

  @Test
  void readsTheHeaderOfAFrame() {
    int record = BLOCK_SIZE + 48;
    memory.set(JAVA_INT, record + 12L, 100);
    memory.set(JAVA_INT, record + 16L, 1514);
    memory.set(JAVA_INT, record + 20L, PacketRing.VLAN_VALID | USER);
    memory.set(JAVA_SHORT, record + 24L, (short) 98);
    memory.set(JAVA_INT, record + 32L, 0xe064);
    memory.set(JAVA_SHORT, record + 36L, (short) 0x88a8);
    memory.set(JAVA_BYTE, record + 58L, (byte) 3);

    assertThat(blocks.capturedLength(record)).isEqualTo(100);
    assertThat(blocks.length(record)).isEqualTo(1514);
    assertThat(blocks.flags(record) & PacketRing.VLAN_VALID).isNotZero();
    assertThat(blocks.macOffset(record)).isEqualTo(98);
    assertThat(blocks.vlanTag(record)).isEqualTo(0xe064);
    assertThat(blocks.vlanProtocol(record)).isEqualTo(0x88a8);
    assertThat(blocks.packetType(record)).isEqualTo(3);
  }

  @Test
  void keepsAHeldBlockFromTheKernelAndFromItsReader() {
    assertThat(blocks.isReady(1)).isFalse();
    memory.set(JAVA_INT, BLOCK_SIZE + 8L, USER | 1 << 5); // TP_STATUS_BLK_TMO
    assertThat(blocks.isReady(1)).isTrue();
    assertThat(blocks.isHeld(1)).isFalse();

    blocks.hold(1);
    assertThat(blocks.isReady(1)).isFalse();
    assertThat(blocks.isHeld(1)).isTrue();
    assertThat(memory.get(JAVA_INT, BLOCK_SIZE + 8L) & USER).as("or it is filled").isNotZero();

    blocks.release(1);
    assertThat(memory.get(JAVA_INT, BLOCK_SIZE + 8L)).isEqualTo(PacketRing.KERNEL);
    assertThat(blocks.isHeld(1)).isFalse();
  }

  @Test
  void throwsRatherThanCrashesAfterClose() {
    blocks.close();
    blocks.close();

    assertThatThrownBy(() -> blocks.isReady(0)).isInstanceOf(IllegalStateException.class);
  }
}
