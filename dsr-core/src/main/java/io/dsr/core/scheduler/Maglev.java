package io.dsr.core.scheduler;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
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
 */
record Maglev(MaglevOptions options) implements Scheduler {

  @Override
  public Picker newPicker(Servers servers) {
    var candidates =
        options.fallback() ? Candidates.available(servers) : Candidates.configured(servers);
    return MaglevTable.picker(
        servers, candidates, options.tableSize(), FlowPart.source(options.sourcePort()));
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public String toString() {
    String flags =
        (options.fallback() ? ",mh-fallback" : "") + (options.sourcePort() ? ",mh-port" : "");
    String size =
        options.tableSize() == MaglevOptions.DEFAULT.tableSize()
            ? ""
            : " tableSize=" + options.tableSize();
    return (flags.isEmpty() ? "mh" : "mh -b " + flags.substring(1)) + size;
  }
}
