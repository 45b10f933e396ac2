package io.dsr.core.control;

import io.dsr.core.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A data plane that forwards nothing, and remembers what it was told. */
final class FakeDataPlane implements DataPlane {

  final List<String> calls = new ArrayList<>();
  final List<ServiceDiff> prepared = new ArrayList<>();
  final List<ControlState> committed = new ArrayList<>();
  final List<ControlState> retired = new ArrayList<>();
  @Nullable Exception refusal;
  boolean taken = true;

  /** The VIPs that nobody else may own. */
  final Set<IpPrefix> claimed = new HashSet<>();

  @Override
  public void claim(Set<IpPrefix> owned) {
    claimed.addAll(owned);
  }

  @Override
  public void prepare(ServiceDiff change, ControlState next) throws Exception {
    calls.add("prepare");
    if (refusal != null) {
      throw refusal;
    }
    prepared.add(change);
    claim(next.owned());
  }

  @Override
  public void commit(ServiceDiff change, ControlState next) {
    calls.add("commit");
    committed.add(next);
    if (!change.movesVips()) {
      claimed.retainAll(next.owned());
    }
  }

  @Override
  public boolean retire(ControlState inForce) {
    calls.add("retire");
    retired.add(inForce);
    if (taken) {
      claimed.retainAll(inForce.owned());
    }
    return taken;
  }

  void forget() {
    calls.clear();
    prepared.clear();
    committed.clear();
    retired.clear();
  }
}
