package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LocalityTest {

  private static final long DAY = Duration.ofHours(24).toNanos();
  private static final Scheduler LBLC = Schedulers.localityLeastConnections();
  private static final Scheduler LBLCR = Schedulers.replicatedLocality();

  static List<Scheduler> both() {
    return List.of(LBLC, LBLCR);
  }

  @ParameterizedTest
  @MethodSource("both")
  void keepsADestinationOnItsServer(Scheduler scheduler) {
    var servers = TestServers.weights(9, 9);
    Picker picker = scheduler.newPicker(servers);

    assertThat(to(picker, 1)).isZero();
    servers.load(0, 5, 0);
    assertThat(to(picker, 2)).isEqualTo(1);
    servers.load(1, 9, 9);
    assertThat(IntStream.of(1, 2, 1, 2).map(to -> to(picker, to))).containsExactly(0, 1, 0, 1);
  }

  @ParameterizedTest
  @MethodSource("both")
  void leavesAServerAboveItsWeightOnlyWhileAnotherIsBelowHalf(Scheduler scheduler) {
    var servers = TestServers.weights(4, 4);
    Picker picker = scheduler.newPicker(servers);

    assertThat(to(picker, 1)).isZero();
    servers.load(0, 4, 0);
    assertThat(to(picker, 1)).isZero();
    servers.load(0, 5, 0).load(1, 2, 0);
    assertThat(to(picker, 1)).isZero();
    servers.load(1, 1, 0);
    assertThat(to(picker, 1)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("both")
  void forgetsADestinationUnusedForADay(Scheduler scheduler) {
    var servers = TestServers.weights(9, 9).now(-5);
    Picker picker = scheduler.newPicker(servers);
    to(picker, 1);
    servers.load(0, 1, 0);

    servers.now(-5 + DAY);
    assertThat(to(picker, 1)).isZero();
    servers.now(-5 + 2 * DAY + 1);
    assertThat(to(picker, 1)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("both")
  void givesTheLongestUnusedUpWhereItsTableIsFull(Scheduler scheduler) {
    var small = LocalityOptions.DEFAULT.destinations(8);
    var servers = TestServers.weights(9, 9);
    Picker picker =
        (scheduler.equals(LBLC)
                ? Schedulers.localityLeastConnections(small)
                : Schedulers.replicatedLocality(small))
            .newPicker(servers);
    for (int destination = 0; destination < 8; destination++) {
      to(picker, destination);
      servers.now(servers.nowNanos() + 1);
    }
    to(picker, 0);
    servers.load(0, 1, 0);

    assertThat(to(picker, 8)).isEqualTo(1);
    assertThat(IntStream.range(0, 9).map(to -> picker.peek(Flows.between(7, to))))
        .containsExactly(0, 1, 0, 0, 0, 0, 0, 0, 1);
  }

  @Test
  void movesADestinationForGood() {
    var servers = TestServers.weights(2, 2);
    Picker picker = LBLC.newPicker(servers);
    to(picker, 1);
    servers.load(0, 3, 0);
    to(picker, 1);
    servers.load(0, 0, 0).load(1, 2, 0);

    assertThat(to(picker, 1)).isEqualTo(1);
  }

  @Test
  void takesTheLessLoadedOfASetThatGrows() {
    var servers = TestServers.weights(2, 2, 2);
    Picker picker = LBLCR.newPicker(servers);
    to(picker, 1);
    servers.load(0, 3, 0);
    assertThat(to(picker, 1)).isEqualTo(1);
    servers.load(1, 2, 0).load(0, 1, 0);
    assertThat(to(picker, 1)).isZero();
    servers.load(0, 2, 1);
    assertThat(to(picker, 1)).isEqualTo(1);
    // The third is idle, but no member of the set.
    assertThat(to(picker, 2)).isEqualTo(2);
  }

  @Test
  void dropsTheMostLoadedOfASetUnchangedForADay() {
    var servers = TestServers.weights(2, 2);
    Picker picker = LBLCR.newPicker(servers);
    to(picker, 1);
    servers.load(0, 3, 0);
    assertThat(to(picker, 1)).isEqualTo(1);
    servers.load(1, 1, 0);
    servers.now(DAY);
    assertThat(to(picker, 1)).isEqualTo(1);
    servers.now(DAY + 1);
    assertThat(to(picker, 1)).isEqualTo(1);

    // The first left the set: idle as it is, the flow stays.
    servers.load(0, 0, 0);
    assertThat(to(picker, 1)).isEqualTo(1);
  }

  @Test
  void replacesTheMostLoadedOfASetOfEight() {
    var servers = TestServers.count(10);
    Picker picker = LBLCR.newPicker(servers);
    for (int member = 0; member < 9; member++) {
      assertThat(to(picker, 1)).isEqualTo(member);
      servers.load(member, 20 - member, 0);
    }
    // The first had the most when the ninth came. Idle again, it is no member.
    IntStream.range(1, 10).forEach(at -> servers.load(at, 1, 0));
    servers.load(0, 0, 0);

    assertThat(to(picker, 1)).isNotZero();
  }

  private static int to(Picker picker, int destination) {
    return picker.pick(Flows.between(7, destination));
  }
}
