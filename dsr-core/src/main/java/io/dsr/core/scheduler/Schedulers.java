package io.dsr.core.scheduler;

/** All schedulers. */
public final class Schedulers {

  private Schedulers() {}
}
