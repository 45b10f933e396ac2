package io.dsr.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes a client, for all keys that there are. */
final class PersistenceKeyTest {

  private final ClientProbe probe = new ClientProbe();

  static Stream<Set<Part>> keys() {
    List<Part> parts = List.of(Part.values());
    return IntStream.range(1, 1 << parts.size())
        .mapToObj(bits ->
            IntStream.range(0, parts.size())
                .filter(bit -> ((bits >> bit) & 1) != 0)
                .mapToObj(parts::get)
                .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void tellsClientsApartByThePartsOfTheKeyAlone(Set<Part> key) {
    for (boolean ipv6 : List.of(false, true)) {
      PersistenceTable table = table(key);
      table.remember(flow(ipv6, EnumSet.noneOf(Part.class)), 7, 1, probe);

      for (Part part : Part.values()) {
        long server = table.find(flow(ipv6, EnumSet.of(part)), probe);
        assertThat(server != PersistenceTable.NONE).as(part.name()).isEqualTo(!key.contains(part));
      }
      FlowView stranger = flow(ipv6, EnumSet.complementOf(EnumSet.copyOf(key)));
      assertThat(PersistenceTable.slot(table.find(stranger, probe))).isEqualTo(7);
      assertThat(table.find(flow(!ipv6, EnumSet.noneOf(Part.class)), probe))
          .isEqualTo(PersistenceTable.NONE);
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void storesNothingThatIsOutsideOfTheKey(Set<Part> key) {
    PersistenceTable table = table(key);
    table.remember(flow(true, EnumSet.noneOf(Part.class)), 7, 1, probe);

    StoredEntry entry = table.entries(any -> true, 1).getFirst();

    assertThat(entry.sourceHigh() != 0).isEqualTo(key.contains(Part.SOURCE_ADDRESS));
    assertThat(entry.sourceLow() != 0).isEqualTo(key.contains(Part.SOURCE_ADDRESS));
    assertThat(entry.sourcePort() != 0).isEqualTo(key.contains(Part.SOURCE_PORT));
    assertThat(entry.destinationHigh() != 0).isEqualTo(key.contains(Part.DESTINATION_ADDRESS));
    assertThat(entry.destinationLow() != 0).isEqualTo(key.contains(Part.DESTINATION_ADDRESS));
    assertThat(entry.destinationPort() != 0).isEqualTo(key.contains(Part.DESTINATION_PORT));
    assertThat(entry.protocol() != 0).isEqualTo(key.contains(Part.PROTOCOL));
    assertThat(entry.ipv6()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void findsAKeyByAProbeAndAProbeByAKey(Set<Part> key) {
    var shape = new ClientKeyShape(policy(key));
    shape.client(flow(true, EnumSet.noneOf(Part.class)), probe);
    ClientKeyParts stored = probe.toKey();
    ClientKeyParts looked = probe;

    assertThat(looked.equals(stored)).isTrue();
    assertThat(stored.equals(looked)).isTrue();
    assertThat(stored).hasSameHashCodeAs(probe);

    shape.client(flow(true, EnumSet.of(key.iterator().next())), probe);
    assertThat(looked.equals(stored)).isFalse();
    assertThat(stored.equals(looked)).isFalse();
  }

  @Test
  void joinsThePortsAndAddressesOfAServiceByDefault() {
    PersistenceTable table = table(EnumSet.of(Part.SOURCE_ADDRESS));
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv4(1, 100, 1024, 80, 6);
    table.remember(flow, 9, 1, probe);

    flow.ipv4(1, 200, 1025, 443, 6);

    assertThat(PersistenceTable.slot(table.find(flow, probe))).isEqualTo(9);
  }

  @Test
  void masksTheSourceAmongOtherParts() {
    Persistence policy =
        policy(EnumSet.of(Part.SOURCE_ADDRESS, Part.DESTINATION_PORT)).ipv4Prefix(24);
    PersistenceTable table = new PersistenceTable(policy, 100, () -> 0);
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv4(0x0a00_0001, 1, 1024, 443, 6);
    table.remember(flow, 9, 1, probe);

    flow.ipv4(0x0a00_00ff, 1, 1024, 443, 6);
    assertThat(table.find(flow, probe)).isNotEqualTo(PersistenceTable.NONE);
    flow.ipv4(0x0a00_00ff, 1, 1024, 80, 6);
    assertThat(table.find(flow, probe)).isEqualTo(PersistenceTable.NONE);
    flow.ipv4(0x0a00_0101, 1, 1024, 443, 6);
    assertThat(table.find(flow, probe)).isEqualTo(PersistenceTable.NONE);
  }

  private static PersistenceTable table(Set<Part> key) {
    return new PersistenceTable(policy(key), 100, () -> 0);
  }

  private static Persistence policy(Set<Part> key) {
    return new Persistence(Duration.ofMinutes(1), 32, 128, key, List.of(), 0, true);
  }

  /** Returns a flow that differs from all others in {@code changed}. */
  private static FlowView flow(boolean ipv6, Set<Part> changed) {
    int source = changed.contains(Part.SOURCE_ADDRESS) ? 2 : 1;
    int sourcePort = changed.contains(Part.SOURCE_PORT) ? 1025 : 1024;
    int destination = changed.contains(Part.DESTINATION_ADDRESS) ? 200 : 100;
    int destinationPort = changed.contains(Part.DESTINATION_PORT) ? 443 : 80;
    int protocol = changed.contains(Part.PROTOCOL) ? 17 : 6;
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    if (ipv6) {
      flow.ipv6(0x2001L << 48, source, 0x2002L << 48, destination)
          .transport(sourcePort, destinationPort, protocol);
    } else {
      flow.ipv4(source, destination, sourcePort, destinationPort, protocol);
    }
    return flow;
  }
}
