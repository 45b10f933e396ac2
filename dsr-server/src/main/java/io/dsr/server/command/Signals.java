package io.dsr.server.command;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/** Signals to this process, one after the other: SIGHUP to reload, SIGTERM and SIGINT to end. */
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

  private final BlockingQueue<Wish> wishes = new LinkedBlockingQueue<>();

  /** Takes the three signals from the JVM, which would exit with 128 and their number. */
  Signals() {
    Signal.handle(new Signal("HUP"), signal -> wishes.add(Wish.RELOAD));
    Signal.handle(new Signal("TERM"), signal -> wishes.add(Wish.END));
    Signal.handle(new Signal("INT"), signal -> wishes.add(Wish.END));
  }

  /** Waits for the next wish, for at most that long. */
  Wish await(Duration longest) throws InterruptedException {
    Wish wish = wishes.poll(longest.toMillis(), TimeUnit.MILLISECONDS);
    return wish == null ? Wish.NONE : wish;
  }

  /** Returns whether the process was asked to end, though nobody has waited for it yet. */
  boolean isEnding() {
    return wishes.contains(Wish.END);
  }
}
