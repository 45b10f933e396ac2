package io.dsr.bench;

import io.dsr.core.Scheduler;
import io.dsr.core.scheduler.Schedulers;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Each scheduler in turn: the one list of them, for every benchmark that wants one. */
@State(Scope.Thread)
public class NamedScheduler {

  /** The scheduler, by its IPVS name: all of {@link Schedulers#names()}. */
  @Param({
    "rr",
    "wrr",
    "lc",
    "wlc",
    "lblc",
    "lblcr",
    "dh",
    "sh",
    "sed",
    "nq",
    "fo",
    "ovf",
    "mh",
    "twos",
    "swrr",
    "random",
    "hrw",
    "mh-bounded",
    "hrw-bounded"
  })
  public String scheduler;

  /** Returns the scheduler. */
  Scheduler get() {
    return Schedulers.named(scheduler).orElseThrow();
  }
}
