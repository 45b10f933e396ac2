package io.dsr.netty.host;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread of a balancer, which runs tasks one after the other. Whatever a task throws is logged
 * and the next task runs: Netty's own executor would end with the first.
 */
public final class BalancerThread extends SingleThreadEventExecutor {

  private static final Logger LOG = LoggerFactory.getLogger(BalancerThread.class);

  /** Creates a thread of that name; it starts with its first task. */
  public static BalancerThread named(String name) {
    return new BalancerThread(new DefaultThreadFactory(name, /* daemon= */ true));
  }

  private BalancerThread(ThreadFactory threads) {
    super(null, threads, /* addTaskWakesUp= */ true);
  }

  @Override
  protected void run() {
    do {
      Runnable task = takeTask();
      if (task != null) {
        run(task);
        updateLastExecutionTime();
      }
    } while (!confirmShutdown());
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      LOG.error("a task failed; the next ones run", e);
    }
  }
}
