package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/** The picker of a service none of whose servers may take a new flow. */
enum NoServer implements StatelessPicker {
  INSTANCE;

  @Override
  public boolean isShareable() {
    return true;
  }

  @Override
  public int pick(FlowView flow) {
    return NONE;
  }
}
