package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;

/** A picker that a pick leaves as it was, so that a peek is a pick. */
interface StatelessPicker extends Picker {

  @Override
  default int peek(FlowView flow) {
    return pick(flow);
  }
}
