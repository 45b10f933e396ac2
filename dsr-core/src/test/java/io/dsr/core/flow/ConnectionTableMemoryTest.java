package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionTableMemoryTest {

  private static final HashKey KEY = new HashKey(3, 4);

  @ParameterizedTest
  @ValueSource(ints = {64, 1000, 65_537, 1 << 20})
  void takesAFewWordsAFlow(int capacity) throws IllegalAccessException {
    for (boolean ipv6 : new boolean[] {false, true}) {
      FlowTracker table = new FlowTracker(ipv6, capacity, KEY, new ServerCounters(1), 0);

      assertThat(table.bytes()).isEqualTo(FlowTracker.bytes(ipv6, capacity));
      assertThat(table.bytes()).isLessThanOrEqualTo((ipv6 ? 96L : 64L) * capacity);
      assertThat(bytesOfArrays(table, FlowTable.class))
          .as("what it says is all that it has, but for the times, which tables share")
          .isEqualTo(table.bytes());
      assertThat(bytesOfArrays(table, FlowTracker.class)).isZero();
    }
  }

  private static long bytesOfArrays(Object owner) throws IllegalAccessException {
    return bytesOfArrays(owner, owner.getClass());
  }

  private static long bytesOfArrays(Object owner, Class<?> declaring)
      throws IllegalAccessException {
    long bytes = 0;
    for (Field field : declaring.getDeclaredFields()) {
      // The table in use of an index is one of its tables.
      if (Modifier.isStatic(field.getModifiers()) || field.getName().equals("entries")) {
        continue;
      }
      field.setAccessible(true);
      Object value = field.get(owner);
      bytes +=
          switch (value) {
            case null -> 0;
            case long[] array -> 8L * array.length;
            case int[] array -> 4L * array.length;
            case boolean[] array -> array.length;
            case long[][] arrays ->
                Arrays.stream(arrays).mapToLong(array -> 8L * array.length).sum();
            case FlowRecords part -> bytesOfArrays(part);
            case FlowIndex part -> bytesOfArrays(part);
            case TimingWheel part -> bytesOfArrays(part);
            default -> 0;
          };
    }
    return bytes;
  }
}
