package io.dsr.core.persistence;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A client that is remembered, its server and its time. Any thread. */
final class LiveEntry {

  private static final int GENERATION_BITS = 16;
  private static final int MAXIMUM = 65_535;
  private static final VarHandle SERVER = serverField();

  private final ClientKey key;
  private final long network;

  private volatile long server;
  private volatile long deadline;

  /** Where its source's list holds it, {@link SourceQuota#NOWHERE} if none does. */
  private int place = SourceQuota.NOWHERE;

  /**
   * Creates it.
   *
   * @param network the source whose quota it is of
   * @param server as {@link #pack} gives it
   * @param deadline the reading of the ticker from which on it is forgotten
   */
  LiveEntry(ClientKey key, long network, long server, long deadline) {
    this.key = key;
    this.network = network;
    this.server = server;
    this.deadline = deadline;
  }

  /** Packs a server into one word that is never negative. */
  static long pack(int slot, int generation) {
    StoredEntry.checkRange("slot", slot, MAXIMUM);
    StoredEntry.checkRange("generation", generation, MAXIMUM);
    return ((long) slot << GENERATION_BITS) | generation;
  }

  static int slot(long server) {
    return (int) (server >>> GENERATION_BITS);
  }

  static int generation(long server) {
    return (int) server & MAXIMUM;
  }

  ClientKey key() {
    return key;
  }

  long network() {
    return network;
  }

  long server() {
    return server;
  }

  void server(long other) {
    server = other;
  }

  /** Moves it from one server to another unless it has been moved since. */
  boolean moveServer(long from, long to) {
    return SERVER.compareAndSet(this, from, to);
  }

  long deadline() {
    return deadline;
  }

  void deadline(long nanos) {
    deadline = nanos;
  }

  /** Returns whether its deadline has come. */
  boolean hasRunOut(long now) {
    return now - deadline >= 0;
  }

  /** Returns its place; under the lock of its source's list. */
  int place() {
    return place;
  }

  /** Sets its place; under the lock of its source's list. */
  void place(int index) {
    place = index;
  }

  /** Returns what is known of it at {@code now}. */
  StoredEntry stored(long now) {
    long word = key.transport();
    long serverNow = server;
    return new StoredEntry(
        ClientKeyShape.isIpv6(word),
        key.sourceHigh(),
        key.sourceLow(),
        ClientKeyShape.sourcePort(word),
        key.destinationHigh(),
        key.destinationLow(),
        ClientKeyShape.destinationPort(word),
        ClientKeyShape.protocol(word),
        slot(serverNow),
        generation(serverNow),
        Math.max(deadline - now, 0));
  }

  private static VarHandle serverField() {
    try {
      return MethodHandles.lookup().findVarHandle(LiveEntry.class, "server", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
