package io.dsr.core.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.PortRange;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceTableBuilder;
import io.dsr.core.membership.Membership;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PortMapTest {

  private static final int SERVICES = 64;
  private static final long SEED = 0x5eed_0060L;

  private final List<ServiceEntry> services = services();

  @Test
  void findsNothingAmongNoRanges() {
    var map = new PortMap(List.of());

    assertThat(IntStream.rangeClosed(0, 65_535).mapToObj(map::find)).containsOnlyNulls();
  }

  @Test
  void takesTheSmallerOfTwoRangesOfWhichOneLiesWithinTheOther() {
    var map =
        new PortMap(
            List.of(
                new PortMap.Entry(new PortRange(100, 200), services.get(0)),
                new PortMap.Entry(new PortRange(150, 160), services.get(1))));

    assertThat(IntStream.of(99, 100, 149, 150, 160, 161, 200, 201).mapToObj(map::find))
        .containsExactly(
            null,
            services.get(0),
            services.get(0),
            services.get(1),
            services.get(1),
            services.get(0),
            services.get(0),
            null);
  }

  @Test
  void reachesTheFirstPortAndTheLast() {
    var map =
        new PortMap(
            List.of(
                new PortMap.Entry(new PortRange(1, 2), services.get(0)),
                new PortMap.Entry(new PortRange(65_000, 65_535), services.get(1))));

    assertThat(IntStream.of(1, 2, 3, 64_999, 65_000, 65_535).mapToObj(map::find))
        .containsExactly(
            services.get(0), services.get(0), null, null, services.get(1), services.get(1));
  }

  @Test
  void agreesWithALookAtEveryRange() {
    long seed = System.nanoTime();
    System.out.println("seed: " + seed);
    var random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      List<PortMap.Entry> entries = randomEntries(random);

      var map = new PortMap(entries);

      for (int port = 0; port <= 65_535; port++) {
        assertThat(map.find(port)).as("port %d, seed %d", port, seed).isSameAs(look(entries, port));
      }
    }
  }

  @Test
  void findsEveryPortOfManyPortsThatStandTogether() {
    for (int count : new int[] {1, 2, 3, 63, 1_000, 8_191, 8_192, 32_768}) {
      List<PortMap.Entry> entries = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        entries.add(new PortMap.Entry(PortRange.of(1 + i), services.get(i % SERVICES)));
      }

      var map = new PortMap(entries);

      for (int port = 0; port <= 65_535; port++) {
        var expected = port >= 1 && port <= count ? services.get((port - 1) % SERVICES) : null;
        assertThat(map.find(port)).as("port %d of %d", port, count).isSameAs(expected);
      }
    }
  }

  @Test
  void findsTheSuccessorsOfServicesThatWereReplaced() {
    var random = new Random(SEED);
    List<PortMap.Entry> entries = randomEntries(random);
    List<PortMap.Entry> successors =
        entries.stream()
            .map(entry -> new PortMap.Entry(entry.ports(), successor(entry.service())))
            .toList();

    var map = new PortMap(entries).replace(this::successor);

    for (int port = 0; port <= 65_535; port++) {
      assertThat(map.find(port)).as("port %d", port).isSameAs(look(successors, port));
    }
  }

  private ServiceEntry successor(ServiceEntry service) {
    return services.get((services.indexOf(service) + 1) % SERVICES);
  }

  private List<PortMap.Entry> randomEntries(Random random) {
    List<PortMap.Entry> entries = new ArrayList<>();
    int width = 2 << random.nextInt(16);
    for (int i = random.nextInt(SERVICES); i >= 0; i--) {
      int first = 1 + random.nextInt(65_534);
      int last = Math.min(65_535, first + 1 + random.nextInt(width));
      entries.add(new PortMap.Entry(new PortRange(first, last), services.get(i)));
    }
    return entries;
  }

  private static @Nullable ServiceEntry look(List<PortMap.Entry> entries, int port) {
    PortMap.Entry best = null;
    for (PortMap.Entry entry : entries) {
      boolean smaller = best == null || entry.ports().size() < best.ports().size();
      if (entry.ports().contains(port) && smaller) {
        best = entry;
      }
    }
    return best == null ? null : best.service();
  }

  private static List<ServiceEntry> services() {
    var tableBuilder =
        new ServiceTableBuilder(
            List.of(new OverloadDetector(new ServerCounters(16), 16)),
            HashKey.PLACEMENT,
            () -> 0,
            100);
    Membership membership = Membership.empty(new Slots(16));
    for (int i = 0; i < SERVICES; i++) {
      membership = membership.put(VirtualService.udp("192.0.2.10", 1 + i));
    }
    return List.copyOf(tableBuilder.serviceTable(membership, ServiceTable.EMPTY).services());
  }
}
