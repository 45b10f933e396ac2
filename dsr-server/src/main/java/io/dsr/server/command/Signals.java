package io.dsr.server.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Signals to this process: SIGHUP to reload, SIGTERM and SIGINT to end. The end comes first,
 * however many reloads were asked for before; reloads that nobody has begun are one.
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
  private boolean hangUpIgnored;
  private volatile boolean ending;
  private List<CompletableFuture<List<String>>> waiting = new ArrayList<>();

  /** Creates wishes without taking a signal. */
  Signals() {}

  /** Takes the three signals from the JVM, which would exit with 128 and their number. */
  static Signals ofProcess() {
    var signals = new Signals();
    SignalHandler before = Signal.handle(new Signal("HUP"), signal -> signals.reload());
    signals.hangUpIgnored = before.equals(SignalHandler.SIG_IGN); // and the JVM leaves it so
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

  /** Asks for a reload, and returns what will come of it. */
  CompletionStage<List<String>> reloadAndTell() {
    var told = new CompletableFuture<List<String>>();
    lock.lock();
    try {
      waiting.add(told);
    } finally {
      lock.unlock();
    }
    reload();
    return told;
  }

  /** Returns who waits for the reload that was awaited last; each is returned once. */
  List<CompletableFuture<List<String>>> takeWaiting() {
    lock.lock();
    try {
      List<CompletableFuture<List<String>>> taken = waiting;
      waiting = new ArrayList<>();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether SIGHUP was ignored before, as under nohup, and therefore never comes. */
  boolean isHangUpIgnored() {
    return hangUpIgnored;
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
