package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Servers;

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
  public String bounded() {
    return text("mh-bounded");
  }

  @Override
  public String toString() {
    return text("mh");
  }

  private FlowPart part() {
    return FlowPart.source(options.sourcePort());
  }

  private String text(String name) {
    String flags =
        (options.fallback() ? ",mh-fallback" : "") + (options.sourcePort() ? ",mh-port" : "");
    String size =
        options.tableSize() == MaglevOptions.DEFAULT.tableSize()
            ? ""
            : " tableSize=" + options.tableSize();
    return (flags.isEmpty() ? name : name + " -b " + flags.substring(1)) + size;
  }
}
