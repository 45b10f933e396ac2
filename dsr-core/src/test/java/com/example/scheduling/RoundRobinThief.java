package com.example.scheduling;

import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerProvider;
import java.util.List;

/** A user's provider that claims a built-in name. */
public final class RoundRobinThief implements SchedulerProvider {

  @Override
  public String name() {
    return "rr";
  }

  @Override
  public Scheduler scheduler(List<String> flags) {
    throw new AssertionError("asked for a built-in name");
  }
}
