package io.dsr.core.persistence;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A client that is remembered, its server and its time. Any thread. */
final class Remembered {

  private static final int GENERATION_BITS = 16;
  private static final int MAXIMUM = 65_535;
  private static final VarHandle SERVER = serverField();

  private final SessionKey key;
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
  Remembered(SessionKey key, long network, long server, long deadline) {
    this.key = key;
    this.network = network;
    this.server = server;
    this.deadline = deadline;
  }

  /** Packs a server into one word that is never negative. */
  static long pack(int slot, int generation) {
    StoredSession.checkRange("slot", slot, MAXIMUM);
    StoredSession.checkRange("generation", generation, MAXIMUM);
    return ((long) slot << GENERATION_BITS) | generation;
  }

  static int slot(long server) {
    return (int) (server >>> GENERATION_BITS);
  }

  static int generation(long server) {
    return (int) server & MAXIMUM;
  }

  SessionKey key() {
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
  StoredSession stored(long now) {
    long word = key.transport();
    long serverNow = server;
    return new StoredSession(
        SessionShape.isIpv6(word),
        key.sourceHigh(),
        key.sourceLow(),
        SessionShape.sourcePort(word),
        key.destinationHigh(),
        key.destinationLow(),
        SessionShape.destinationPort(word),
        SessionShape.protocol(word),
        slot(serverNow),
        generation(serverNow),
        Math.max(deadline - now, 0));
  }

  private static VarHandle serverField() {
    try {
      return MethodHandles.lookup().findVarHandle(Remembered.class, "server", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
