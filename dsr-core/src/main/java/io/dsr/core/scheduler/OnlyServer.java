package io.dsr.core.scheduler;

import io.dsr.core.FlowView;

/** Takes the one server that there is to take. */
record OnlyServer(int slot) implements StatelessPicker {

  @Override
  public boolean isShareable() {
    return true;
  }

  @Override
  public int pick(FlowView flow) {
    return slot;
  }
}
