package io.dsr.server.command;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sun.misc.Signal;

/**
 * Signals to this process: SIGHUP to reload, SIGTERM and SIGINT to end. The end comes first, however
 * many reloads were asked for before; reloads that nobody has begun are one.
 */
final class Signals {

  /** What a signal asks for. */
  enum Wish {
    /** Read the rules again. */
    RELOAD,
    /** Give up and exit. */
    END,
    /** No signal came. */
    NONE
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition asked = lock.newCondition();
  private boolean reloading;
  private volatile boolean ending;

  /** Creates wishes without taking a signal. */
  Signals() {}

  /** Takes the three signals from the JVM, which would exit with 128 and their number. */
  static Signals ofProcess() {
    var signals = new Signals();
    Signal.handle(new Signal("HUP"), signal -> signals.reload());
    Signal.handle(new Signal("TERM"), signal -> signals.end());
    Signal.handle(new Signal("INT"), signal -> signals.end());
    return signals;
  }

  /** Asks for a reload. */
  void reload() {
    lock.lock();
    try {
      reloading = true;
      asked.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Asks for the end. */
  void end() {
    lock.lock();
    try {
      ending = true;
      asked.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next wish, for at most that long; the end is wished for ever after. */
  Wish await(Duration longest) throws InterruptedException {
    long left = longest.toNanos();
    lock.lockInterruptibly();
    try {
      while (!ending && !reloading && left > 0) {
        left = asked.awaitNanos(left);
      }
      if (ending) {
        return Wish.END;
      }
      boolean reload = reloading;
      reloading = false;
      return reload ? Wish.RELOAD : Wish.NONE;
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the process was asked to end. */
  boolean isEnding() {
    return ending;
  }
}
