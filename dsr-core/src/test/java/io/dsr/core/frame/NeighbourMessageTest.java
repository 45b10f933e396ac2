package io.dsr.core.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

final class NeighbourMessageTest {

  private static final String ASKER = "fe80::1";
  private static final String TARGET = "2001:db8::10";
  private static final String GROUP = "ff02::1:ff00:10";
  private static final long MAC = 0x02ffee000001L;

  private final Ipv6Packet packet = new Ipv6Packet();
  private final NeighbourMessage message = new NeighbourMessage();

  @Test
  void readsASolicitation() {
    FrameBuilder solicitation =
        FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6(ASKER, GROUP, 58, 255);

    assertThat(wrap(solicitation)).isTrue();

    assertThat(message.isSolicitation()).isTrue();
    assertThat(message.targetHigh()).isEqualTo(Addresses.ipv6(TARGET, 0));
    assertThat(message.targetLow()).isEqualTo(Addresses.ipv6(TARGET, 1));
    assertThat(message.sourceMac()).isEqualTo(MAC);
    assertThat(message.targetMac()).isEqualTo(NeighbourMessage.NO_MAC);
    assertThat(message.isGenuine(packet)).isTrue();
  }

  @Test
  void readsAnAdvertisement() {
    FrameBuilder advertisement =
        FrameBuilder.neighbour(136, 0x60, TARGET, 2, MAC).ipv6(TARGET, ASKER, 58, 255);

    assertThat(wrap(advertisement)).isTrue();

    assertThat(message.isSolicitation()).isFalse();
    assertThat(message.isSolicited()).isTrue();
    assertThat(message.isOverride()).isTrue();
    assertThat(message.sourceMac()).isEqualTo(NeighbourMessage.NO_MAC);
    assertThat(message.targetMac()).isEqualTo(MAC);
    assertThat(message.isGenuine(packet)).isTrue();

    assertThat(wrap(FrameBuilder.neighbour(136, 0x80, TARGET, 0, 0).ipv6(TARGET, ASKER, 58)))
        .isTrue();
    assertThat(message.isSolicited()).isFalse();
    assertThat(message.isOverride()).isFalse();
    assertThat(message.targetMac()).isEqualTo(NeighbourMessage.NO_MAC);
  }

  @Test
  void doubtsWhatARouterPassedOnAndWhatIsHarmed() {
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6(ASKER, GROUP, 58, 254)))
        .isTrue();
    assertThat(message.isGenuine(packet)).isFalse();

    FrameBuilder harmed =
        FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6(ASKER, GROUP, 58, 255);
    assertThat(wrap(harmed.set(40 + 31, 2))).isTrue();
    assertThat(message.isGenuine(packet)).isFalse();
  }

  @Test
  void letsNobodyAskOnlyAGroupAndWithoutAMac() {
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 0, 0).ipv6("::", GROUP, 58, 255)))
        .isTrue();
    assertThat(message.isGenuine(packet)).isTrue();
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6("::", GROUP, 58, 255)))
        .isTrue();
    assertThat(message.isGenuine(packet)).isFalse();
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 0, 0).ipv6("::", TARGET, 58, 255)))
        .isTrue();
    assertThat(message.isGenuine(packet)).isFalse();
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 0, 0).ipv6("::", "ff02::1", 58, 255)))
        .isTrue();
    assertThat(message.isGenuine(packet)).isFalse();
  }

  @Test
  void doubtsAnAnswerToAGroup() {
    FrameBuilder answer =
        FrameBuilder.neighbour(136, 0x60, TARGET, 2, MAC).ipv6(TARGET, "ff02::1", 58, 255);
    assertThat(wrap(answer)).isTrue();
    assertThat(message.isGenuine(packet)).isFalse();

    FrameBuilder news =
        FrameBuilder.neighbour(136, 0x20, TARGET, 2, MAC).ipv6(TARGET, "ff02::1", 58, 255);
    assertThat(wrap(news)).isTrue();
    assertThat(message.isGenuine(packet)).isTrue();
  }

  @Test
  void refusesOtherTypesCodesAndTargets() {
    assertThat(wrap(FrameBuilder.neighbour(134, 0, TARGET, 0, 0).ipv6(ASKER, GROUP, 58))).isFalse();
    assertThat(wrap(FrameBuilder.neighbour(135, 0, TARGET, 0, 0).ipv6(ASKER, GROUP, 58).set(41, 1)))
        .isFalse();
    assertThat(wrap(FrameBuilder.neighbour(135, 0, "ff02::1", 0, 0).ipv6(ASKER, GROUP, 58)))
        .isFalse();
  }

  @Test
  void refusesOptionsThatDoNotFit() {
    FrameBuilder none =
        FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6(ASKER, GROUP, 58).set(65, 0);
    assertThat(wrap(none)).isFalse();
    FrameBuilder longer =
        FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).ipv6(ASKER, GROUP, 58).set(65, 2);
    assertThat(wrap(longer)).isFalse();
    ByteBuf bytes = FrameBuilder.neighbour(135, 0, TARGET, 1, MAC).buffer();
    assertThat(message.wrap(bytes, 0, 23)).isFalse();
    assertThat(message.wrap(bytes, 0, 24)).isTrue();
    assertThat(message.wrap(bytes, 0, 25)).isFalse();
    assertThat(message.wrap(bytes, 0, 31)).isFalse();
    assertThat(message.wrap(bytes, 0, 32)).isTrue();
  }

  private boolean wrap(FrameBuilder frames) {
    return packet.wrap(frames.buffer(), 0)
        && packet.walkExtensions()
        && message.wrap(frames.buffer(), packet.transportIndex(), packet.transportLength());
  }
}
