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
 * operation may need that thread. What depends on it is other people's code, and runs where it can
 * hold up nobody.
 */
final class Answer<T> extends CompletableFuture<T> {

  private final BooleanSupplier onOwnThread;
  private final Executor dependents;

  /**
   * Creates an answer to be completed.
   *
   * @param onOwnThread tells whether the calling thread is one of the balancer's
   */
  Answer(BooleanSupplier onOwnThread) {
    this(onOwnThread, Runnable::run);
  }

  /**
   * Creates an answer to be completed.
   *
   * @param onOwnThread tells whether the calling thread is one of the balancer's
   * @param dependents where a result is given, and with it whatever waits for it is run
   */
  Answer(BooleanSupplier onOwnThread, Executor dependents) {
    this.onOwnThread = onOwnThread;
    this.dependents = dependents;
  }

  /** Runs {@code task} on {@code executor}, and returns its result. */
  static <T> Answer<T> by(Executor executor, Callable<T> task, BooleanSupplier onOwnThread) {
    return new Answer<T>(onOwnThread).by(executor, task);
  }

  /** Runs {@code task} on {@code executor}, gives this its result, and returns this. */
  Answer<T> by(Executor executor, Callable<T> task) {
    try {
      executor.execute(() -> run(task));
    } catch (RejectedExecutionException e) {
      fail(closed(e)); // on the caller's thread, which nothing depends on yet
    }
    return this;
  }

  private static IllegalStateException closed(RejectedExecutionException cause) {
    return new IllegalStateException("closed", cause);
  }

  private void run(Callable<T> task) {
    try {
      T result = task.call();
      give(result);
    } catch (RejectedExecutionException e) {
      // the balancer has ended another thread that the task needs
      giveFailure(closed(e));
    } catch (Throwable e) {
      giveFailure(e);
    }
  }

  /** Gives the result where dependents run. */
  void give(T result) {
    dependents.execute(() -> {
      boolean _ = complete(result);
    });
  }

  /** Gives the failure where dependents run. */
  void giveFailure(Throwable failure) {
    dependents.execute(() -> fail(failure));
  }

  private void fail(Throwable failure) {
    boolean _ = completeExceptionally(failure);
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new Answer<>(onOwnThread, dependents);
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
