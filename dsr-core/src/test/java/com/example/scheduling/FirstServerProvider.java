package com.example.scheduling;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerProvider;
import io.dsr.core.Servers;
import java.util.List;

/** A user's provider: {@code first} takes the first server, {@code first -b last} the last. */
public final class FirstServerProvider implements SchedulerProvider {

  @Override
  public String name() {
    return "first";
  }

  @Override
  public Scheduler scheduler(List<String> flags) {
    return new First(flags.contains("last"));
  }

  private record First(boolean last) implements Scheduler {

    @Override
    public Picker newPicker(Servers servers) {
      int slot = servers.slot(last ? servers.size() - 1 : 0);
      return flow -> slot;
    }
  }
}
