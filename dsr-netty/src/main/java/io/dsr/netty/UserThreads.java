package io.dsr.netty;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where code of the embedding program runs that a balancer calls: listeners and what depends on
 * stages. Each task has a thread, so that one that blocks holds up nobody, and a thread without a
 * task ends after a while.
 *
 * <p>The thread that gives the first task of a time decides in which network namespace it runs: it
 * is one of the balancer's, so that is the balancer's.
 */
final class UserThreads implements Executor {

  private static final long IDLE_SECONDS = 5;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          new DefaultThreadFactory("dsr-user", /* daemon= */ true));

  /** Runs a task on a thread of its own; on the calling one if this has ended or has no thread. */
  @Override
  public void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      task.run();
    }
  }

  /** Ends the threads with their tasks; does not wait. */
  void close() {
    threads.shutdown();
  }
}
