package io.dsr.netty;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The result of a balancer operation. Waiting for it on a thread of the balancer fails, because the
 * operation may need that thread.
 */
final class Answer<T> extends CompletableFuture<T> {

  private final BooleanSupplier onOwnThread;

  /**
   * Creates an answer to be completed.
   *
   * @param onOwnThread tells whether the calling thread is one of the balancer's
   */
  Answer(BooleanSupplier onOwnThread) {
    this.onOwnThread = onOwnThread;
  }

  /** Runs {@code task} on {@code executor}, and returns its result. */
  static <T> Answer<T> by(Executor executor, Callable<T> task, BooleanSupplier onOwnThread) {
    var answer = new Answer<T>(onOwnThread);
    try {
      executor.execute(() -> answer.run(task));
    } catch (RejectedExecutionException e) {
      answer.closed(e);
    }
    return answer;
  }

  private void closed(RejectedExecutionException cause) {
    completeExceptionally(new IllegalStateException("closed", cause));
  }

  private void run(Callable<T> task) {
    try {
      complete(task.call());
    } catch (RejectedExecutionException e) {
      closed(e); // the balancer has ended another thread that the task needs
    } catch (Throwable e) {
      completeExceptionally(e);
    }
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new Answer<>(onOwnThread);
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkThread();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkThread();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    checkThread();
    return super.join();
  }

  private void checkThread() {
    if (!isDone() && onOwnThread.getAsBoolean()) {
      throw new IllegalStateException(
          "waiting on "
              + Thread.currentThread().getName()
              + ", a thread of the balancer, would never return (expected: a dependent stage"
              + " or another thread)");
    }
  }
}
