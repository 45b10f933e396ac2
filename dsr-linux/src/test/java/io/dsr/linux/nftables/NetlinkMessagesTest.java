package io.dsr.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.Prefixes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NetlinkMessagesTest {

  @Test
  void writesHeadersInHostOrderAndAttributesInNetworkOrder() {
    NetlinkWriter writer = new NetlinkWriter();
    writer.begin(0x0a0e, 5, 7, 5, 10);
    writer.number(2, 0x01020304).text(1, "vip").nested(3, () -> writer.bytes(1, new byte[] {9}));
    writer.end();

    ByteBuffer expected = ByteBuffer.allocate(52).order(ByteOrder.nativeOrder());
    expected.putInt(52).putShort((short) 0x0a0e).putShort((short) 5).putInt(7).putInt(0);
    expected.put(new byte[] {5, 0, 0, 10});
    expected.putShort((short) 8).putShort((short) 2).put(new byte[] {1, 2, 3, 4});
    expected.putShort((short) 8).putShort((short) 1).put(new byte[] {'v', 'i', 'p', 0});
    expected.putShort((short) 12).putShort((short) 0x8003);
    expected.putShort((short) 5).putShort((short) 1).put(new byte[] {9, 0, 0, 0});
    expected.putInt(0, 48);
    assertThat(writer.toBytes()).isEqualTo(Arrays.copyOf(expected.array(), 48));
  }

  @Test
  void refusesANestLongerThanItsLengthFieldCanSay() {
    NetlinkWriter writer = new NetlinkWriter();
    writer.begin(0, 0, 0, 0, 0);

    assertThatThrownBy(() -> writer.nested(1, () -> writer.bytes(1, new byte[65_528])))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void batchOfTheLargestSizeFitsItsAttributes() {
    var prefixes = Collections.nCopies(VipTable.MAX_BATCH, Prefixes.of("2001:db8::/32"));

    NftablesBatch elements = new NftablesBatch();
    VipTable.elements(elements, VipTable.Change.ADD, "t", prefixes);
    byte[] batch = elements.toBytes();

    assertThat(batch.length).isBetween(28 * VipTable.MAX_BATCH, 60_000);
  }

  @Test
  void readsTheErrorAndTheKernelsWords() {
    ByteBuffer answer = answer(0x300, 9, -22);
    answer
        .putShort((short) 9)
        .putShort((short) 1)
        .put("oops\0".getBytes(StandardCharsets.US_ASCII))
        .position(48);

    int length = finish(answer);

    assertThat(Acknowledgement.parse(bytes(answer), length))
        .containsExactly(new Acknowledgement(9, 22, "oops"));
  }

  @Test
  void readsSeveralAnswersInOneDatagram() {
    ByteBuffer answer = answer(0x100, 1, 0);
    int first = finish(answer);
    byte[] twice = Arrays.copyOf(bytes(answer), 2 * first);
    System.arraycopy(twice, 0, twice, first, first);

    assertThat(Acknowledgement.parse(twice, twice.length))
        .containsExactly(new Acknowledgement(1, 0, ""), new Acknowledgement(1, 0, ""));
  }

  @Test
  void neverThrowsWhateverTheBytes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer answer = answer(random.nextInt(0x400), 3, -1);
      for (int j = 0; j < 4; j++) {
        answer.put(random.nextInt(20, 64), (byte) random.nextInt());
      }
      answer.putInt(0, random.nextInt(80));
      int length = random.nextInt(answer.capacity() + 1);

      assertThat(Acknowledgement.parse(bytes(answer), length)).as("seed %d", seed).isNotNull();
    }
  }

  private static ByteBuffer answer(int flags, int sequence, int error) {
    ByteBuffer buffer = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    buffer.putInt(0).putShort((short) 2).putShort((short) flags).putInt(0).putInt(0);
    buffer.putInt(error).putInt(20).putShort((short) 0).putShort((short) 0);
    return buffer.putInt(sequence).putInt(0);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  private static int finish(ByteBuffer answer) {
    answer.putInt(0, answer.position());
    return answer.position();
  }
}
