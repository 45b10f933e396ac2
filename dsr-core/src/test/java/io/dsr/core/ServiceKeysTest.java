package io.dsr.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ServiceKeysTest {

  @RepeatedTest(200)
  void findsAConflictWhereAnyPairHasOne() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var keys = new ServiceKeys();
    List<ServiceKey> added = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int first = 1 + random.nextInt(30);
      int last = first + random.nextInt(random.nextInt(31 - first) + 1);
      var ports = random.nextInt(20) == 0 ? PortRange.ANY : new PortRange(first, last);
      ServiceKey key =
          new ServiceKey(
              random.nextBoolean() ? Protocol.TCP : Protocol.UDP,
              IpPrefix.parse("192.0.2." + (1 + random.nextInt(2))),
              ports);
      boolean conflicts = added.stream().anyMatch(key::conflictsWith);

      Optional<ServiceKey> other = keys.add(key);

      assertThat(other.isPresent())
          .as("seed %d: %s beside %s", seed, key, added)
          .isEqualTo(conflicts);
      other.ifPresentOrElse(
          with -> {
            assertThat(key.conflictsWith(with)).as("seed %d: %s, %s", seed, key, with).isTrue();
            assertThat(added).as("seed %d", seed).contains(with);
          },
          () -> added.add(key));
    }
  }

  @Test
  @Timeout(20)
  void takesAServiceOfManyPortsInATimeThatGrowsWithThem() {
    List<ServiceKey> ports =
        IntStream.range(0, 30_000)
            .mapToObj(i -> ServiceKey.parse("tcp 192.0.2.10:" + (1 + 2 * i)))
            .toList();
    VirtualService service =
        VirtualService.of(ports.getFirst()).addKeys(ports.subList(1, ports.size()));
    List<RealServer> servers =
        IntStream.range(0, 5_000)
            .mapToObj(i -> RealServer.of("10.0.%d.%d".formatted(i / 250, 1 + i % 250)))
            .toList();

    assertThat(service.realServers(servers).keys()).hasSize(30_000);
    assertThat(service.toString())
        .startsWith("tcp 192.0.2.10:1 + tcp 192.0.2.10:3 + ")
        .endsWith(" + tcp 192.0.2.10:33 + 29983 more ->");
  }
}
