package io.dsr.core.admission;

import static io.dsr.core.admission.Sources.KEY;
import static io.dsr.core.admission.Sources.SECOND;
import static io.dsr.core.admission.Sources.ipv4;
import static io.dsr.core.admission.Sources.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.SourceLimits;
import io.dsr.core.flow.FlowKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Does the same to a table and to a map, at random, and compares every verdict. */
final class SourceTableModelTest {

  private static final int RATE = 50;
  private static final int BURST = 8;
  private static final int RESETS = 20;
  private static final int CONNECTIONS = 6;
  private static final Duration BAN = Duration.ofSeconds(2);
  private static final int ROUNDS = 300_000;

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Map<Integer, Source> sources = new HashMap<>();
  private long now = random.nextLong();

  /** What one source has, its tokens counted in parts of which one token has {@code SECOND}. */
  private final class Source {
    long tokens = BURST * SECOND;
    long resetTokens = RESETS * SECOND;
    long last = now;
    long banEnd = now;
    int live;

    void refill() {
      tokens = Math.min(BURST * SECOND, tokens + (now - last) * RATE);
      resetTokens = Math.min(RESETS * SECOND, resetTokens + (now - last) * RESETS);
      last = now;
    }

    boolean banned() {
      return banEnd - now > 0;
    }

    int admit() {
      if (banned()) {
        return SourceTable.BANNED;
      }
      if (live >= CONNECTIONS) {
        return over(SourceTable.OVER_CONNECTIONS);
      }
      if (tokens < SECOND) {
        return over(SourceTable.OVER_RATE);
      }
      tokens -= SECOND;
      return SourceTable.ADMITTED;
    }

    int reset() {
      if (banned()) {
        return SourceTable.BANNED;
      }
      if (resetTokens < SECOND) {
        return over(SourceTable.OVER_RATE);
      }
      resetTokens -= SECOND;
      return SourceTable.ADMITTED;
    }

    private int over(int reason) {
      banEnd = now + BAN.toNanos();
      return reason;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "40, 40", "40, 1000", "1000, 1000", "5000, 5000"})
  void doesWhatAMapDoes(int pool, int capacity) {
    SourceLimits limits =
        SourceLimits.perAddress()
            .newPerSecond(RATE, BURST)
            .resetsPerSecond(RESETS)
            .connections(CONNECTIONS)
            .ban(BAN);
    var table = new SourceTable(limits, capacity, KEY, now);
    for (int round = 0; round < ROUNDS; round++) {
      now += random.nextLong(random.nextInt(1000) == 0 ? 3 * SECOND : 4 * SECOND / RATE / pool);
      int number = random.nextInt(pool);
      Source source = sources.computeIfAbsent(number, n -> new Source());
      source.refill();
      step(table, flow(number), source, round);
    }
    assertThat(table.untracked()).as("seed %d", seed).isZero();
    checkBans(table);
  }

  private void step(SourceTable table, FlowKey flow, Source source, int round) {
    int expected = SourceTable.ADMITTED;
    int actual = SourceTable.ADMITTED;
    int what = random.nextInt(10);
    if (what < 4) {
      expected = source.admit();
      actual = table.admit(flow, now);
      if (actual == SourceTable.ADMITTED) {
        table.opened(flow);
        source.live++;
      }
    } else if (what < 6) {
      expected = source.reset();
      actual = table.reset(flow, now);
    } else if (what < 9 || random.nextInt(10) > 0) {
      table.closed(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
      source.live = Math.max(0, source.live - 1);
    } else {
      boolean unbanned = table.unban(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow(), now);
      assertThat(unbanned).as("seed %d, round %d", seed, round).isEqualTo(source.banned());
      source.banEnd = now;
    }
    assertThat(actual).as("seed %d, round %d", seed, round).isEqualTo(expected);
    assertThat(table.connections(flow)).as("seed %d, round %d", seed, round).isEqualTo(source.live);
    assertThat(table.isBanned(flow, now))
        .as("seed %d, round %d", seed, round)
        .isEqualTo(source.banned());
  }

  private void checkBans(SourceTable table) {
    Map<Long, Long> expected = new HashMap<>();
    sources.forEach((number, source) -> {
      if (source.banned()) {
        expected.put(flow(number).sourceHigh() + flow(number).sourceLow(), source.banEnd - now);
      }
    });
    Map<Long, Long> actual = new HashMap<>();
    table.forEachBan(
        now,
        (six, high, low, length, nanos, reason) -> {
          assertThat(length).isEqualTo(six ? 64 : 32);
          actual.put(high + low, nanos);
        });
    assertThat(actual).as("seed %d", seed).isEqualTo(expected);
  }

  /** Odd numbers are IPv6 networks, whose low bits do not matter. */
  private FlowKey flow(int number) {
    return number % 2 == 0 ? ipv4(number) : ipv6((long) number << 32, 0);
  }
}
