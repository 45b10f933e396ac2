package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class InternetChecksumTest {

  @Test
  void sumsTheExampleOfRfc1071() {
    ByteBuf bytes = FrameBuilder.hex("0001 f203 f4f5 f6f7").buffer();

    assertThat(InternetChecksum.sum(bytes, 0, 8, 0)).isEqualTo(0x2ddf0);
    assertThat(InternetChecksum.of(0x2ddf0)).isEqualTo(~0xddf2 & 0xffff);
  }

  @Test
  void takesAnOddLastByteForTheHighOneOfItsWord() {
    assertThat(InternetChecksum.sum(FrameBuilder.hex("0001 f2").buffer(), 0, 3, 5))
        .isEqualTo(0xf206);
    assertThat(InternetChecksum.sum(FrameBuilder.hex("ff").buffer(), 0, 0, 7)).isEqualTo(7);
  }

  @Test
  void updatesTheExampleOfRfc1624() {
    // Section 4: the case that equation 2 of RFC 1141 gets wrong.
    assertThat(InternetChecksum.update(0xdd2f, 0x5555, 0x3285)).isZero();
  }

  @Test
  void updatesToWhatIsComputedAnew() {
    long seed = 0x1624;
    var random = new Random(seed);
    byte[] data = new byte[64];
    for (int round = 0; round < 100_000; round++) {
      random.nextBytes(data);
      ByteBuf bytes = Unpooled.wrappedBuffer(data);
      int word = random.nextInt(32) * 2;
      int before = bytes.getUnsignedShort(word);
      int checksum = InternetChecksum.of(InternetChecksum.sum(bytes, 0, 64, 0));
      assertThat(checksum)
          .as("seed %d round %d", seed, round)
          .isEqualTo(ReferenceChecksum.of(data, 0));

      int after = random.nextInt(0x10000);
      bytes.setShort(word, after);

      assertThat(InternetChecksum.update(checksum, before, after))
          .as("seed %d round %d", seed, round)
          .isEqualTo(InternetChecksum.of(InternetChecksum.sum(bytes, 0, 64, 0)));
    }
  }

  @Test
  void addsThePseudoHeaders() {
    var ipv4 = new Ipv4Packet();
    assertThat(ipv4.wrap(FrameBuilder.text("x").ipv4("255.255.1.2", "128.3.0.4", 6).buffer(), 0))
        .isTrue();
    assertThat(InternetChecksum.pseudoHeader(ipv4, 6, 1))
        .isEqualTo(0xffff + 0x0102 + 0x8003 + 0x0004 + 6 + 1);

    var ipv6 = new Ipv6Packet();
    String from = "ffff:1::2";
    assertThat(ipv6.wrap(FrameBuilder.text("x").ipv6(from, "fe80::3:4:ffff:5", 6).buffer(), 0))
        .isTrue();
    assertThat(InternetChecksum.pseudoHeader(ipv6, 58, 9))
        .isEqualTo(0xffff + 1 + 2 + 0xfe80 + 3 + 4 + 0xffff + 5 + 58 + 9);
  }
}
