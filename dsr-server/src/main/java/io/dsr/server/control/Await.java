package io.dsr.server.control;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for an operation on a client's own thread, and tells its failure in words. */
final class Await<T> {

  private final CompletableFuture<T> future;

  Await(CompletionStage<T> stage) {
    future = stage.toCompletableFuture();
  }

  /** Waits for at most that long, and returns whether the operation has ended. */
  boolean isDone(Duration longest) throws ControlException {
    try {
      future.get(longest.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Returns what the operation gave. */
  T result(Duration longest) throws ControlException {
    try {
      return future.get(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw tooLong(longest);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  /** Returns that the operation was not waited for any longer. */
  static ControlException tooLong(Duration longest) {
    return ControlException.failed(
        "the balancer did not answer within " + longest.toSeconds() + " s");
  }

  /** Returns a failure in words; a bad argument is wrong usage. */
  static ControlException failed(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    if (message == null) {
      return ControlException.failed(cause.getClass().getSimpleName(), cause);
    }
    return switch (cause) {
      case IllegalArgumentException e -> ControlException.usage(message);
      case UnsupportedOperationException e -> ControlException.failed(message, e);
      case IllegalStateException e -> ControlException.failed(message, e);
      default -> ControlException.failed(cause.getClass().getSimpleName() + ": " + message, cause);
    };
  }

  private static ControlException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return ControlException.failed("the balancer is closing", e);
  }
}
