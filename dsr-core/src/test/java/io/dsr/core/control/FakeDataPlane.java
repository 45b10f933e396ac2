package io.dsr.core.control;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A data plane that forwards nothing, and remembers what it was told. */
final class FakeDataPlane implements DataPlane {

  final List<String> calls = new ArrayList<>();
  final List<ServiceDiff> prepared = new ArrayList<>();
  final List<ControlState> committed = new ArrayList<>();
  final List<ControlState> retired = new ArrayList<>();
  @Nullable Exception refusal;
  boolean taken = true;

  @Override
  public void prepare(ServiceDiff change, ControlState next) throws Exception {
    calls.add("prepare");
    if (refusal != null) {
      throw refusal;
    }
    prepared.add(change);
  }

  @Override
  public void commit(ServiceDiff change, ControlState next) {
    calls.add("commit");
    committed.add(next);
  }

  @Override
  public boolean retire(ControlState inForce) {
    calls.add("retire");
    retired.add(inForce);
    return taken;
  }

  void forget() {
    calls.clear();
    prepared.clear();
    committed.clear();
    retired.clear();
  }
}
