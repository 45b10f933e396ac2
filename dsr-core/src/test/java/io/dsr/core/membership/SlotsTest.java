package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class SlotsTest {

  @Test
  void beginUnresolvedInGenerationZero() {
    var slots = new Slots(Slots.MAXIMUM);

    assertThat(slots.count()).isEqualTo(65_536);
    for (int slot : new int[] {0, 1, 65_535}) {
      assertThat(slots.mac(slot)).isEqualTo(Slots.UNRESOLVED);
      assertThat(slots.generation(slot)).isZero();
    }
  }

  @Test
  void keepTheAddressOfEach() {
    var slots = new Slots(3);
    slots.mac(1, 0x0200_5e10_0001L);
    slots.mac(2, 0xffff_ffff_ffffL);
    slots.mac(2, Slots.UNRESOLVED);

    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.mac(1)).isEqualTo(0x0200_5e10_0001L);
    assertThat(slots.mac(2)).isEqualTo(Slots.UNRESOLVED);
  }

  @Test
  void severalOfOneServerMoveAtOnce() {
    var slots = new Slots(4);
    slots.mac(3, 7);
    slots.nextHop(new int[] {0, 1, 2}, 1, 5);
    slots.nextHop(new int[] {1, 2}, 2, 6);

    assertThat(slots.mac(0)).isEqualTo(5);
    assertThat(Slots.link(slots.nextHop(0))).isEqualTo(1);
    assertThat(slots.mac(1)).isEqualTo(6);
    assertThat(Slots.link(slots.nextHop(2))).isEqualTo(2);
    for (long mac = 5; mac <= 7; mac++) {
      assertThat(slots.isServer(mac)).isTrue();
    }

    slots.nextHop(new int[] {0, 2, 3}, 0, Slots.UNRESOLVED);

    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.mac(1)).isEqualTo(6);
    assertThat(slots.isServer(6)).isTrue();
    assertThat(slots.isServer(5) || slots.isServer(7)).isFalse();
  }

  @Test
  void generationsGoRoundInSixteenBits() {
    var slots = new Slots(2);
    for (int generation = 1; generation <= 65_535; generation++) {
      assertThat(slots.nextGeneration(1)).isEqualTo(generation);
      slots.begin(1, generation);
    }

    assertThat(slots.generation(1)).isEqualTo(65_535);
    assertThat(slots.nextGeneration(1)).isZero();
    slots.begin(1, 0);
    assertThat(slots.generation(1)).isZero();
    assertThat(slots.generation(0)).isZero();
  }

  @Test
  void keepTheFateOfEachUntilItsNextGeneration() {
    var slots = new Slots(2);
    slots.removalPolicy(0, Slots.EXPIRE);
    slots.removalPolicy(1, Slots.MOVE);
    slots.begin(0, 0);
    slots.begin(1, slots.nextGeneration(1));

    assertThat(slots.removalPolicy(0)).isEqualTo(Slots.EXPIRE);
    assertThat(slots.removalPolicy(1)).isEqualTo(Slots.KEEP);
    for (int code : new int[] {-1, 3, 256}) {
      assertThatIllegalArgumentException().isThrownBy(() -> slots.removalPolicy(0, code));
    }
  }

  @Test
  void refuseOtherCounts() {
    for (int count : new int[] {-1, 0, 65_537}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Slots(count))
          .withMessage("slots: " + count + " (expected: 1 to 65536)");
    }
  }

  @Test
  void keepTheLinkBesideTheAddress() {
    var slots = new Slots(3);
    slots.nextHop(1, 15, 0xffff_ffff_ffffL);
    slots.nextHop(2, 3, 0x0200_5e10_0001L);

    assertThat(Slots.link(slots.nextHop(1))).isEqualTo(15);
    assertThat(Slots.mac(slots.nextHop(1))).isEqualTo(slots.mac(1)).isEqualTo(0xffff_ffff_ffffL);
    assertThat(Slots.link(slots.nextHop(2))).isEqualTo(3);
    assertThat(slots.isServer(0x0200_5e10_0001L)).isTrue();

    slots.nextHop(2, 3, Slots.UNRESOLVED);

    assertThat(slots.mac(2)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.isServer(0x0200_5e10_0001L)).isFalse();
    assertThat(slots.isServer(0xffff_ffff_ffffL)).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slots.nextHop(1, 16, 1))
        .withMessage("link: 16 (expected: 0 to 15)");
  }
}
