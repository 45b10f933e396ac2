package io.dsr.netty.host;

import io.dsr.linux.LinuxException;
import io.dsr.linux.cpu.Affinity;
import io.dsr.linux.cpu.TimeSlice;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles on which CPUs the event loops' threads run, and for how long at a time. */
final class LoopThreads {

  private static final Logger LOG = LoggerFactory.getLogger(LoopThreads.class);

  private LoopThreads() {}

  /**
   * Binds each loop to one of {@code cpus}, in turn; to none if there are none.
   *
   * @throws java.io.IOException if there is no such CPU, or the process may not use it
   */
  static void pin(List<Shard> shards, List<Integer> cpus) throws Exception {
    if (cpus.isEmpty()) {
      return;
    }
    for (Shard shard : shards) {
      int cpu = cpus.get(shard.number() % cpus.size());
      shard.call(() -> {
        Affinity.bindThread(cpu);
        return cpu;
      });
    }
  }

  /** Asks for a time slice for each loop, unless it is 0: where it is refused, they do without. */
  static void slice(List<Shard> shards, Duration slice) throws Exception {
    if (slice.isZero()) {
      return;
    }
    for (Shard shard : shards) {
      shard.run(() -> slice(shard.number(), slice));
    }
  }

  private static void slice(int number, Duration slice) {
    try {
      if (!TimeSlice.request(slice.toNanos())) {
        LOG.debug("loop {}: its scheduling policy has no time slices", number);
      }
    } catch (LinuxException e) {
      LOG.info("loop {}: keeps the kernel's default time slice: {}", number, e.toString());
    }
  }
}
