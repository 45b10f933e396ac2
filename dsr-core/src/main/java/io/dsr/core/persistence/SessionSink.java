package io.dsr.core.persistence;

/** Takes the sessions of a table one by one. Called on the thread that asked for them. */
@FunctionalInterface
public interface SessionSink {

  /** Takes one session. What this throws ends the export. */
  void take(StoredSession session);
}
