package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Places a frame in the middle of a flow by the whole tuple, in a {@link MaglevTable} of the
 * servers that may take a new flow.
 *
 * <p>The table's size goes by all servers of the service, the unavailable ones too: one server's
 * fall must not change the size, which would move every flow.
 *
 * <p>Kernel fast path: needs the table of slots and the key, nothing that a packet changes.
 */
enum MidFlow implements Scheduler {
  INSTANCE;

  private static final long ENTRIES_PER_SERVER = 100;

  @Override
  public Picker newPicker(Servers servers) {
    return MaglevTable.picker(
        servers, Candidates.available(servers), tableSize(servers.size()), FlowPart.TUPLE);
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(SchedulerSpec.of("mid-flow"));
  }

  @Override
  public String toString() {
    return "mid-flow";
  }

  static int tableSize(int servers) {
    for (int size : MaglevOptions.TABLE_SIZES) {
      if (size >= ENTRIES_PER_SERVER * servers) {
        return size;
      }
    }
    return MaglevOptions.TABLE_SIZES.getLast();
  }
}
