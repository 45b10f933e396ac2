package io.dsr.server.control;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Reads the rules of a balancer again, as a client of its control socket asks. */
@FunctionalInterface
public interface Reload {

  /**
   * Begins, on any thread.
   *
   * @return complete with lines that tell what changed; it fails with an {@link
   *     IllegalArgumentException} if a line of the rules is wrong, with another exception if they
   *     could not be applied: its message is for the client
   */
  CompletionStage<List<String>> reload();
}
