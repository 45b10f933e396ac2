package io.dsr.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Persistence;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceQuotaTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long NANOS = TIMEOUT.toNanos();
  private static final int QUOTA = 4;
  private static final int NETWORKS = 6;
  private static final int HOSTS = 9;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - NANOS * 3);
  private final ClientProbe probe = new ClientProbe();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void refusesTheClientThatIsOneTooManyOfItsNetwork(boolean ipv6) {
    PersistenceTable table = table(1000);
    for (int host = 0; host < QUOTA; host++) {
      assertThat(table.remember(client(ipv6, 0, host), 1, 0, probe)).isTrue();
    }

    assertThat(table.remember(client(ipv6, 0, QUOTA), 1, 0, probe)).isFalse();
    assertThat(table.claim(client(ipv6, 0, QUOTA), PersistenceTable.NONE, 1, 0, probe))
        .isEqualTo(PersistenceTable.NONE);

    assertThat(table.refusals()).isEqualTo(2);
    assertThat(table.find(client(ipv6, 0, QUOTA), probe)).isEqualTo(PersistenceTable.NONE);
    assertThat(table.remember(client(ipv6, 0, 0), 2, 0, probe)).isTrue();
    assertThat(table.remember(client(ipv6, 1, 0), 1, 0, probe)).isTrue();
    assertThat(table.remember(client(!ipv6, 0, 0), 1, 0, probe)).isTrue();
  }

  @Test
  void letsTheNextOneInAsSoonAsATimeoutHasPassed() {
    PersistenceTable table = table(1000);
    for (int host = 0; host < QUOTA; host++) {
      table.remember(client(false, 0, host), 1, 0, probe);
      nanos.incrementAndGet();
    }
    nanos.addAndGet(NANOS - QUOTA - 1);
    assertThat(table.remember(client(false, 0, QUOTA), 1, 0, probe)).isFalse();

    nanos.incrementAndGet();

    assertThat(table.remember(client(false, 0, QUOTA), 1, 0, probe)).isTrue();
    assertThat(table.remember(client(false, 0, QUOTA + 1), 1, 0, probe)).isFalse();
  }

  @Test
  void countsTheSourceOfTheFlowWhereTheKeyHasNone() {
    Persistence policy =
        Persistence.sourceAddress(TIMEOUT).key(Persistence.Part.SOURCE_PORT).quota(QUOTA);
    PersistenceTable table = new PersistenceTable(policy, 100, nanos::get);
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    for (int port = 0; port < QUOTA; port++) {
      flow.ipv4(0x0a00_0001, 1, port, 80, 6);
      assertThat(table.remember(flow, 1, 0, probe)).isTrue();
    }

    flow.ipv4(0x0a00_0002, 1, QUOTA, 80, 6);
    assertThat(table.remember(flow, 1, 0, probe)).isFalse();
    flow.ipv4(0x0a00_0102, 1, QUOTA, 80, 6);
    assertThat(table.remember(flow, 1, 0, probe)).isTrue();
  }

  @Test
  void agreesWithAModelUnderRandomOperations() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    PersistenceTable table = table(10_000);
    var model = new Model();
    for (int step = 0; step < 60_000; step++) {
      String at = "seed " + seed + ", step " + step;
      model.expire(nanos.get());
      operate(random, table, model, at);
      if (step % 50 == 0) {
        model.expire(nanos.get());
        assertThat(table.entries(any -> true, 10_000)).as(at).hasSize(model.deadlines.size());
      }
    }
    assertThat(table.refusals()).as("seed %d", seed).isEqualTo(model.refusals).isPositive();
  }

  private void operate(SplittableRandom random, PersistenceTable table, Model model, String at) {
    boolean ipv6 = random.nextBoolean();
    int network = random.nextInt(NETWORKS);
    int host = random.nextInt(HOSTS);
    FlowView flow = client(ipv6, network, host);
    String name = ipv6 + " " + network + " " + host;
    switch (random.nextInt(8)) {
      case 0, 1, 2 ->
          assertThat(table.remember(flow, host, 0, probe)).as(at).isEqualTo(model.put(name, NANOS));
      case 3 -> {
        boolean known = table.find(flow, probe) != PersistenceTable.NONE;
        assertThat(known).as(at).isEqualTo(model.touch(name));
      }
      case 4 -> {
        table.forget(flow);
        model.deadlines.remove(name);
      }
      case 5 -> {
        long left = 1 + random.nextLong(NANOS);
        boolean back = !model.deadlines.containsKey(name) && model.put(name, left);
        assertThat(table.restore(stored(ipv6, network, host, left))).as(at).isEqualTo(back);
      }
      default -> nanos.addAndGet(random.nextLong(NANOS / 40));
    }
  }

  @Test
  void countsWhatIsThereWhenClientsAreEvictedForgottenAndRunOut() {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    PersistenceTable table = table(30);
    for (int step = 0; step < 30_000; step++) {
      int network = random.nextInt(40);
      int host = random.nextInt(HOSTS);
      switch (random.nextInt(12)) {
        case 0 -> table.forget(client(false, network, host));
        case 1 -> table.restore(stored(false, network, host, 1 + random.nextLong(NANOS)));
        case 2 -> nanos.addAndGet(random.nextLong(NANOS / 20));
        default -> table.remember(client(false, network, host), 1, 0, probe);
      }
      assertThat(table.counted(client(false, network, 0))).isLessThanOrEqualTo(QUOTA);
    }
    assertThat(table.size()).as("seed %d", seed).isLessThanOrEqualTo(30);

    nanos.addAndGet(100 * NANOS);
    assertThat(table.size()).as("seed %d", seed).isZero();
    assertThat(table.sources()).as("seed %d", seed).isZero();
  }

  @Test
  void countsWhatIsThereAfterManyThreads() throws Exception {
    PersistenceTable table = table(60);
    List<Future<?>> done = new ArrayList<>();
    try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
      for (int loop = 0; loop < 4; loop++) {
        long seed = 100L + loop;
        done.add(loops.submit(() -> churn(table, new SplittableRandom(seed))));
      }
      for (Future<?> each : done) {
        each.get();
      }
    }

    assertThat(table.size()).isBetween(1L, 60L);
    int counted = 0;
    for (int network = 0; network < 40; network++) {
      int there = network;
      int count = table.counted(client(false, network, 0));
      counted += count;
      assertThat(table.entries(s -> s.sourceLow() >>> 8 == there, 100))
          .hasSize(count)
          .hasSizeLessThanOrEqualTo(QUOTA);
    }
    assertThat(counted).isEqualTo((int) table.size());
    table.forget(any -> true);
    assertThat(table.sources()).isZero();
  }

  private static void churn(PersistenceTable table, SplittableRandom random) {
    var probe = new ClientProbe();
    for (int step = 0; step < 30_000; step++) {
      FlowView flow = client(false, random.nextInt(40), random.nextInt(HOSTS));
      if (random.nextInt(10) == 0) {
        table.forget(flow);
      } else {
        table.remember(flow, 1, 0, probe);
      }
    }
  }

  private PersistenceTable table(long most) {
    return new PersistenceTable(Persistence.sourceAddress(TIMEOUT).quota(QUOTA), most, nanos::get);
  }

  private static FlowView client(boolean ipv6, int network, int host) {
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    if (ipv6) {
      flow.ipv6((0x2001L << 48) | ((long) network << 16) | host, host, 1, 1).transport(1, 80, 6);
    } else {
      flow.ipv4((network << 8) | host, 1, 1024, 80, 6);
    }
    return flow;
  }

  private static StoredEntry stored(boolean ipv6, int network, int host, long left) {
    FlowView flow = client(ipv6, network, host);
    return new StoredEntry(ipv6, flow.sourceHigh(), flow.sourceLow(), 0, 0, 0, 0, 0, 1, 0, left);
  }

  /** What should be there, by the names of clients. */
  private final class Model {

    final Map<String, Long> deadlines = new HashMap<>();
    long refusals;

    void expire(long now) {
      deadlines.values().removeIf(deadline -> now - deadline >= 0);
    }

    boolean touch(String name) {
      return deadlines.computeIfPresent(name, (key, old) -> nanos.get() + NANOS) != null;
    }

    boolean put(String name, long left) {
      String network = name.substring(0, name.lastIndexOf(' ') + 1);
      long others =
          deadlines.keySet().stream()
              .filter(other -> other.startsWith(network) && !other.equals(name))
              .count();
      if (!deadlines.containsKey(name) && others >= QUOTA) {
        refusals++;
        return false;
      }
      deadlines.put(name, nanos.get() + left);
      return true;
    }
  }
}
