package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;

/**
 * Looks the client up in a {@link MaglevTable}.
 *
 * <p>With fallback the table is made of the servers that may take a new flow: the clients of one
 * that went are spread over all others by weight, a few others move, and no client is refused while
 * any server works. Without, it is made of all servers that the operator gave a weight, and the
 * clients of one that may take no flow are refused: nobody's clients move, as in {@code ip_vs_mh.c}
 * without {@code mh-fallback} (which, unlike this, also keeps the entries of a server whose weight
 * was set to 0).
 *
 * <p>Kernel fast path: needs the table of slots and the key, nothing that a packet changes.
 */
record Maglev(MaglevOptions options) implements Preferring {

  @Override
  public Picker newPicker(Servers servers) {
    return MaglevTable.picker(servers, candidates(servers), options.tableSize(), part());
  }

  @Override
  public Candidates candidates(Servers servers) {
    return options.fallback() ? Candidates.available(servers) : Candidates.configured(servers);
  }

  @Override
  public Preference newPreference(Servers servers, Candidates candidates) {
    return new MaglevWalk(
        MaglevTable.of(servers, candidates, options.tableSize()), candidates.size(), part());
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public SchedulerSpec bounded() {
    return spec("mh-bounded");
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(spec("mh"));
  }

  @Override
  public String toString() {
    return spec("mh").toString();
  }

  private FlowPart part() {
    return FlowPart.source(options.sourcePort());
  }

  private SchedulerSpec spec(String name) {
    var spec = SchedulerSpec.of(name);
    spec = options.fallback() ? spec.flag("mh-fallback") : spec;
    spec = options.sourcePort() ? spec.flag("mh-port") : spec;
    return options.tableSize() == MaglevOptions.DEFAULT.tableSize()
        ? spec
        : spec.option(MaglevOptions.TABLE_SIZE, options.tableSize());
  }
}
