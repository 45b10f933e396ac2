package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.membership.ServerCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a tournament finds is what a look at all servers finds, whatever happened in between. */
final class TournamentTest {

  private static final int SLOTS = 6_000;
  private static final int PICKS = 1_500;

  private final long[] now = {0};

  /** What a scheduler takes, by the words of its description and nothing else. */
  record Rule(Scheduler scheduler, ToIntFunction<CountedServers> slot) {

    interface Cost {
      long of(CountedServers servers, int at);
    }

    static long overhead(CountedServers servers, int at) {
      return 256L * servers.active(at) + servers.inactive(at);
    }

    static long queue(CountedServers servers, int at) {
      return 1L + servers.active(at);
    }

    static int least(CountedServers servers, Cost cost, boolean weighted) {
      int least = -1;
      for (int at = 0; at < servers.size(); at++) {
        if (servers.weight(at) > 0) {
          long mine = cost.of(servers, at) * (least < 0 || !weighted ? 1 : servers.weight(least));
          long theirs =
              least < 0 ? 0 : cost.of(servers, least) * (weighted ? servers.weight(at) : 1);
          least = least < 0 || mine < theirs ? at : least;
        }
      }
      return least < 0 ? Picker.NONE : servers.slot(least);
    }

    static int idleFirst(CountedServers servers) {
      for (int at = 0; at < servers.size(); at++) {
        if (servers.weight(at) > 0 && servers.active(at) == 0) {
          return servers.slot(at);
        }
      }
      return least(servers, Rule::queue, true);
    }

    static int heaviest(CountedServers servers) {
      int heaviest = -1;
      for (int at = 0; at < servers.size(); at++) {
        boolean room = servers.weight(at) > 0 && servers.active(at) <= servers.weight(at);
        if (room && (heaviest < 0 || servers.weight(at) > servers.weight(heaviest))) {
          heaviest = at;
        }
      }
      return heaviest < 0 ? Picker.NONE : servers.slot(heaviest);
    }
  }

  /** A service: its servers, and two pickers that should pick alike. */
  private record Service(CountedServers servers, Picker picker, ToIntFunction<FlowView> expected) {}

  /** Returns a service of some of the slots, which other services may have too. */
  private interface Maker {
    Service make(Random random, ServerCounters counters, int[] slots);
  }

  static Stream<Rule> rules() {
    return Stream.of(
        new Rule(
            Schedulers.leastConnections(), servers -> Rule.least(servers, Rule::overhead, false)),
        new Rule(
            Schedulers.weightedLeastConnections(),
            servers -> Rule.least(servers, Rule::overhead, true)),
        new Rule(
            Schedulers.shortestExpectedDelay(), servers -> Rule.least(servers, Rule::queue, true)),
        new Rule(Schedulers.neverQueue(), Rule::idleFirst),
        new Rule(Schedulers.overflow(), Rule::heaviest));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void picksAsALookAtAllServersWould(Rule rule) {
    compare((random, counters, slots) -> {
      var servers = CountedServers.of(counters, slots, weights(random, slots.length), now);
      return new Service(
          servers, rule.scheduler.newPicker(servers), _ -> rule.slot.applyAsInt(servers));
    });
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void picksTheSameWhetherChangesAreNotedOrNot(Scheduler scheduler) {
    compare((random, counters, slots) -> {
      var servers = CountedServers.of(counters, slots, weights(random, slots.length), now);
      Picker lookingAtAll = scheduler.newPicker(servers.unlogged());
      return new Service(servers, scheduler.newPicker(servers), lookingAtAll::pick);
    });
  }

  static Stream<Scheduler> schedulers() {
    var few = LocalityOptions.DEFAULT.destinations(64).expiration(Duration.ofSeconds(90));
    return Stream.of(
        Schedulers.leastConnections(),
        Schedulers.weightedLeastConnections(),
        Schedulers.shortestExpectedDelay(),
        Schedulers.neverQueue(),
        Schedulers.overflow(),
        Schedulers.localityLeastConnections(few),
        Schedulers.replicatedLocality(few),
        Schedulers.boundedLoad(Schedulers.rendezvous(), 1.01),
        Schedulers.boundedLoad(Schedulers.maglev(MaglevOptions.DEFAULT.tableSize(16_381))));
  }

  @ParameterizedTest
  @MethodSource("schedulers")
  void picksTheSameWhileServersWarmUp(Scheduler scheduler) {
    var warming = Schedulers.slowStart(scheduler);
    compare((random, counters, slots) -> {
      var servers = CountedServers.of(counters, slots, weights(random, slots.length), now);
      for (int at = 0; at < slots.length; at += 1 + random.nextInt(8)) {
        servers.since(at, now[0] - Duration.ofSeconds(random.nextInt(70)).toNanos());
      }
      Picker lookingAtAll = warming.newPicker(servers.unlogged());
      return new Service(servers, warming.newPicker(servers), lookingAtAll::pick);
    });
  }

  @Test
  void findsTheOnlyIdleServerOfThousandsAfterAllOthersTookAFlow() {
    var counters = new ServerCounters(SLOTS);
    int[] slots = IntStream.range(0, SLOTS).toArray();
    var servers =
        CountedServers.of(counters, slots, IntStream.of(slots).map(_ -> 1).toArray(), now);
    Picker picker = Schedulers.weightedLeastConnections().newPicker(servers);

    for (int flow = 0; flow < 2 * SLOTS; flow++) {
      int slot = picker.pick(Flows.of(flow, 1));
      assertThat(slot).isEqualTo(flow % SLOTS);
      counters.opened(slot, true);
    }
  }

  private void compare(Maker maker) {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int run = 0; run < 12; run++) {
      var counters = new ServerCounters(SLOTS);
      List<int[]> slots = new ArrayList<>();
      List<Service> services = new ArrayList<>();
      for (int service = 0; service < 3; service++) {
        slots.add(slots(random));
        services.add(maker.make(random, counters, slots.getLast()));
      }
      for (int pick = 0; pick < PICKS; pick++) {
        change(random, counters, slots);
        int chosen = random.nextInt(8) == 0 ? random.nextInt(3) : 0;
        if (random.nextInt(200) == 0) { // weights change, a server fails or is overloaded
          services.set(chosen, maker.make(random, counters, slots.get(chosen)));
        }
        Service service = services.get(chosen);
        FlowView flow = Flows.between(random.nextInt(), random.nextInt(100));
        int peeked = service.picker().peek(flow);
        int slot = service.picker().pick(flow);
        assertThat(slot)
            .as("seed %d, run %d, pick %d", seed, run, pick)
            .isEqualTo(service.expected().applyAsInt(flow))
            .isEqualTo(peeked);
        if (slot != Picker.NONE && random.nextInt(10) > 0) {
          counters.opened(slot, random.nextInt(4) > 0);
        }
      }
    }
  }

  /** Lets flows of any service begin, change and end: mostly a few, sometimes thousands. */
  private void change(Random random, ServerCounters counters, List<int[]> services) {
    now[0] += random.nextInt(100_000_000);
    int changes = random.nextInt(random.nextInt(40) == 0 ? 4_000 : 5);
    for (int change = 0; change < changes; change++) {
      int[] slots = services.get(random.nextInt(services.size()));
      int slot = slots[random.nextInt(slots.length)];
      int kind = random.nextInt(16);
      if (kind < 4) {
        counters.opened(slot, random.nextBoolean());
      } else if (kind < 9 && counters.active(slot) > 0) {
        counters.closed(slot, true);
      } else if (kind < 12 && counters.inactive(slot) > 0) {
        counters.closed(slot, false);
      } else if (kind < 13 && counters.active(slot) > 0) {
        counters.deactivated(slot);
      } else if (kind < 14 && counters.inactive(slot) > 0) {
        counters.activated(slot);
      } else if (kind == 15 && random.nextInt(20) == 0) {
        counters.begin(slot, random.nextInt(1 << 16));
      }
    }
  }

  /** Returns one slot or hundreds, close to one another or not. */
  private static int[] slots(Random random) {
    int size = 1 + random.nextInt(random.nextBoolean() ? 40 : 1_200);
    int first = random.nextInt(SLOTS - size);
    int step = random.nextBoolean() ? 1 : 0;
    return step == 1
        ? IntStream.range(first, first + size).toArray()
        : random.ints(0, SLOTS).distinct().limit(size).toArray();
  }

  private static int[] weights(Random random, int count) {
    int most = 1 << random.nextInt(17);
    return random.ints(count, 0, Math.min(most, 65_535) + 1).toArray();
  }
}
