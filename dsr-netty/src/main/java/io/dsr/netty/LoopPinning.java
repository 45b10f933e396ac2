package io.dsr.netty;

import io.dsr.linux.cpu.Affinity;
import java.util.List;

/** Binds event loops to CPUs. */
final class LoopPinning {

  private LoopPinning() {}

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
}
