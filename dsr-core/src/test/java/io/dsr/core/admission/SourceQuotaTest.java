package io.dsr.core.admission;

import static io.dsr.core.admission.Sources.KEY;
import static io.dsr.core.admission.Sources.ipv4;
import static io.dsr.core.admission.Sources.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Admission;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SourceQuotaTest {

  private static final Admission THREE = Admission.DEFAULT.flowsPerSource(3);

  @Test
  void letsASourceHaveAsManyFlowsAsItMay() {
    var quota = new SourceQuota(THREE, 10, KEY);
    for (int flow = 0; flow < 3; flow++) {
      assertThat(quota.mayRemember(ipv4(1))).isTrue();
      quota.opened(ipv4(1));
    }

    assertThat(quota.mayRemember(ipv4(1))).isFalse();
    assertThat(quota.mayRemember(ipv4(2))).isTrue();

    quota.closed(false, 0, 1);
    assertThat(quota.mayRemember(ipv4(1))).isTrue();
    assertThat(quota.flows(ipv4(1))).isEqualTo(2);
  }

  @Test
  void countsAnIpv6NetworkAsOneSource() {
    var quota = new SourceQuota(THREE, 10, KEY);
    quota.opened(ipv6(7, 1));
    quota.opened(ipv6(7, 2));
    quota.opened(ipv6(7, 3));

    assertThat(quota.mayRemember(ipv6(7, -1))).isFalse();
    assertThat(quota.mayRemember(ipv6(8, 1))).isTrue();
    assertThat(quota.size()).isOne();
  }

  @Test
  void forgetsASourceWithItsLastFlow() {
    var quota = new SourceQuota(THREE, 1, KEY);
    quota.opened(ipv4(1));
    quota.closed(false, 0, 1);
    quota.closed(false, 0, 1);

    assertThat(quota.size()).isZero();
    quota.opened(ipv4(2));
    assertThat(quota.flows(ipv4(2))).isOne();
    assertThat(quota.untracked()).isZero();
  }

  @Test
  void hasNoQuotaForSourcesThatDoNotFit() {
    var quota = new SourceQuota(THREE, 1, KEY);
    quota.opened(ipv4(1));
    for (int flow = 0; flow < 10; flow++) {
      assertThat(quota.mayRemember(ipv4(2))).isTrue();
      quota.opened(ipv4(2));
    }
    quota.closed(false, 0, 2);

    assertThat(quota.untracked()).isEqualTo(10);
    assertThat(quota.flows(ipv4(1))).isOne();
  }

  @Test
  void countsNothingAndTakesNoRoomWithoutAQuota() {
    var quota = new SourceQuota(Admission.DEFAULT, SourceTable.MAXIMUM_CAPACITY, KEY);
    quota.opened(ipv4(1));
    quota.closed(false, 0, 2);

    assertThat(quota.mayRemember(ipv4(1))).isTrue();
    assertThat(quota.size()).isZero();
    assertThat(quota.untracked()).isZero();
    assertThat(quota.bytes()).isLessThan(100);
  }

  @Test
  void countsAsAMapDoes() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    var quota = new SourceQuota(THREE.flowsPerSource(5), 100, KEY);
    Map<Long, Integer> flows = new HashMap<>();
    for (int round = 0; round < 200_000; round++) {
      long source = random.nextInt(100);
      boolean six = source >= 50;
      var flow = six ? ipv6(source << 40, random.nextLong()) : ipv4((int) source);
      if (random.nextInt(100) < 55) {
        assertThat(quota.mayRemember(flow))
            .as("seed %d, round %d", seed, round)
            .isEqualTo(flows.getOrDefault(source, 0) < 5);
        if (quota.mayRemember(flow)) {
          quota.opened(flow);
          flows.merge(source, 1, Integer::sum);
        }
      } else {
        quota.closed(six, flow.sourceHigh(), flow.sourceLow());
        flows.computeIfPresent(source, (s, live) -> live == 1 ? null : live - 1);
      }
      assertThat(quota.flows(flow))
          .as("seed %d, round %d", seed, round)
          .isEqualTo(flows.getOrDefault(source, 0));
      assertThat(quota.size()).as("seed %d, round %d", seed, round).isEqualTo(flows.size());
    }
    assertThat(quota.untracked()).isZero();
  }
}
