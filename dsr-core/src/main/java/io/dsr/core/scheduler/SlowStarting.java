package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Arrays;
import java.util.Optional;

/**
 * Lets servers that have just become able to take flows warm up, under any other scheduler.
 *
 * <p>That one picks among all. Whether a warming server keeps the flow, a coin says that is a hash
 * of the flow; otherwise a second picker of that scheduler, made of the older servers alone, picks
 * anew, and so on: see {@link Warming}. So the flows of a client whose server is warm stay where
 * they are, and of a warming server only as many move as must. Load is shown to the scheduler
 * divided by the factor of {@link SlowStart}, so that those which level it out aim at the smaller
 * weight too. Where the older servers take no flow, the warming one does; where nobody takes it
 * under that load, the scheduler is asked again under the true one.
 *
 * <p>There is one picker for each of at most nine cohorts while servers warm up, and one when they
 * are done. Frames in the middle of a flow are placed as the scheduler says: nobody else knows the
 * ages.
 *
 * <p>Kernel fast path: what the scheduler needs, for each cohort, and a probability for each
 * warming server that is renewed a thousand times in the window; else the packet must go up.
 */
record SlowStarting(Scheduler scheduler, SlowStart options) implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    var warming = new Warming(servers, options);
    if (warming.cohorts() == 0) {
      return scheduler.newPicker(servers);
    }
    var older = new Picker[warming.cohorts() - (warming.anyWarm() ? 0 : 1)];
    Arrays.setAll(older, cohort -> newPicker(servers, warming, cohort + 1));
    return new Ramp(servers, warming, newPicker(servers, warming, 0), older);
  }

  private Picker newPicker(Servers servers, Warming warming, int firstCohort) {
    int[] positions = warming.without(firstCohort, servers.size());
    return scheduler.newPicker(new WarmingServers(servers, warming, positions));
  }

  @Override
  public Optional<Scheduler> midFlow() {
    return scheduler.midFlow();
  }

  /** Returns the spec of the scheduler with an option more, if it has one without that option. */
  @Override
  public Optional<SchedulerSpec> spec() {
    return scheduler
        .spec()
        .filter(spec -> !spec.options().containsKey(SlowStart.OPTION))
        .map(spec -> spec.option(SlowStart.OPTION, options.text()));
  }

  @Override
  public String toString() {
    return scheduler + " " + SlowStart.OPTION + "=" + options.text();
  }

  private static final class Ramp implements Picker {

    private static final Picker[] WARM = {};
    private static final long COIN = 0x736c_6f77_2073_7461L;

    private final Servers servers;
    private final Warming warming;

    private final Picker all;

    /** By cohort: the picker of the servers that are older. */
    private Picker[] older;

    private boolean cold = true;

    Ramp(Servers servers, Warming warming, Picker all, Picker[] older) {
      this.servers = servers;
      this.warming = warming;
      this.all = all;
      this.older = older;
    }

    @Override
    public int pick(FlowView flow) {
      return choose(flow, false);
    }

    @Override
    public int peek(FlowView flow) {
      return choose(flow, true);
    }

    private int choose(FlowView flow, boolean peek) {
      if (cold && !warming.refresh(servers.nowNanos())) {
        cold = false;
        older = WARM;
      }
      int slot = ask(all, flow, peek);
      if (slot == NONE && cold) {
        slot = askPlainly(flow, peek);
      }
      for (int toss = 0; toss < older.length; toss++) {
        int index = warming.index(slot);
        int cohort = index < 0 ? older.length : warming.cohort(index);
        if (cohort >= older.length || keeps(flow, toss, warming.acceptance(index))) {
          return slot;
        }
        int other = ask(older[cohort], flow, peek);
        if (other == NONE) {
          return slot;
        }
        slot = other;
      }
      return slot;
    }

    private int askPlainly(FlowView flow, boolean peek) {
      warming.plain(true);
      int slot = ask(all, flow, peek);
      warming.plain(false);
      return slot;
    }

    private static int ask(Picker picker, FlowView flow, boolean peek) {
      return peek ? picker.peek(flow) : picker.pick(flow);
    }

    private boolean keeps(FlowView flow, int toss, double acceptance) {
      long hash = servers.hashKey().hash(flow.tupleHash(), COIN + toss);
      return (hash >>> 11) * 0x1p-53 < acceptance;
    }
  }
}
