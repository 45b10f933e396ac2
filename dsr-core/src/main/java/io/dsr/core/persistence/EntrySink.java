package io.dsr.core.persistence;

/** Takes the entries of a table one by one. Called on the thread that asked for them. */
@FunctionalInterface
public interface EntrySink {

  /** Takes one entry. What this throws ends the export. */
  void take(StoredEntry entry);
}
