package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/** For each flow an order of all servers. */
interface Preference {

  /** Returned where no server has room. */
  int NOWHERE = -1;

  /** Returns the rank of the first server in the order of {@code flow} that has room. */
  int first(FlowView flow, Room room);

  /** Which servers may be taken. */
  @FunctionalInterface
  interface Room {

    /** All of them. */
    Room EVERYWHERE = rank -> true;

    /** Returns whether the server of this rank may be taken. */
    boolean at(int rank);
  }
}
