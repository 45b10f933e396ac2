package io.dsr.core.scheduler;

import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;

/** A consistent scheduler that has an order of all servers for each flow, not a first one alone. */
interface Preferring extends Scheduler {

  /** Returns the servers that it places flows among. */
  Candidates candidates(Servers servers);

  /** Returns the orders; at least one of {@code candidates} may take a new flow. */
  Preference newPreference(Servers servers, Candidates candidates);

  /** Returns the spec of this scheduler once the load is bounded by the default factor. */
  SchedulerSpec bounded();
}
