package io.dsr.core.persistence;

/** Placeholder. */
public final class PersistenceTable {

  /** Placeholder. */
  public PersistenceTable() {}
}
