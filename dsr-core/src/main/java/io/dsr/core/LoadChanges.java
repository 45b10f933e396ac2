package io.dsr.core;

/**
 * Which servers' loads changed lately, so that a {@link Picker} need not read all of them at each
 * pick: a log in which each change of {@link Servers#active} or {@link Servers#inactive} is an
 * entry. Entries are numbered from 0 on; the oldest are forgotten.
 *
 * <p>A picker keeps the number of the first entry that it has not seen. At a pick it reads the
 * entries from there to {@link #end}, and of each the load of that server; where more entries were
 * added than are {@link #kept}, or {@link #revision} is another than before, it reads all loads.
 *
 * <p>All methods are of the event loop whose load it is, and allocate nothing.
 */
public interface LoadChanges {

  /** Returns the number that the next entry will have. */
  long end();

  /** Returns how many of the latest entries can still be read. */
  int kept();

  /**
   * Returns the slot whose load changed; it may be that of another service's server.
   *
   * @param entry from {@code end() - kept()} to {@code end() - 1}; for another number the answer
   *     means nothing
   */
  int slot(long entry);

  /** Returns a number that is another one after all loads have changed at once, without entries. */
  long revision();
}
