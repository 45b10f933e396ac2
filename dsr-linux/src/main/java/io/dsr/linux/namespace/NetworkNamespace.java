package io.dsr.linux.namespace;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace without a name: one thread of this process is all that holds it.
 *
 * <p>Linux gives each thread its own network namespace (network_namespaces(7)), and whatever a
 * thread makes is made where the thread is: sockets, further threads, child processes, and what it
 * reads and writes below {@code /proc/sys/net} and {@code /proc/thread-self/net}. A namespace of
 * this class is a platform thread of its own that has called unshare(2). There is no name under
 * {@code /run/netns}, no mount and no child process, so that nothing is left when the process ends,
 * were it by {@code kill -9}. The interfaces in it end with the namespace.
 *
 * <p>A namespace lives until {@link #close}, and on for as long as a socket, a thread or a child
 * process made in it lives. Beware of threads that a library starts behind one's back while in
 * {@link #call}: the JDK's process reaper is one, and stays for a minute; start child processes by
 * {@link #processBuilder} instead, and do not touch virtual threads inside.
 *
 * <p>{@link java.net.NetworkInterface} is of little use inside: the JDK lists IPv6 addresses from
 * {@code /proc/net}, which is the namespace of the process's main thread.
 *
 * <p>Every method may be called by any thread. Needs CAP_SYS_ADMIN, as root has, and as everybody
 * has within {@code unshare -Ur}.
 */
public final class NetworkNamespace implements AutoCloseable {

  private static final long CLOSE_SECONDS = 2;

  private final String label;
  private final ThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;
  private String path = "";
  private String identity = "";

  private NetworkNamespace(String label) {
    this.label = requireNonNull(label, "label");
    executor =
        new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::namespaceThread);
  }

  /**
   * Makes a namespace that has nothing but a loopback interface, which is down.
   *
   * @param label names the thread, and the namespace in error messages
   * @throws IOException if the kernel refuses; {@link #whyNot} says beforehand
   */
  public static NetworkNamespace create(String label) throws IOException {
    return begun(label, NamespaceCall::unshareNetwork);
  }

  /**
   * Enters a namespace that exists, on a new thread.
   *
   * @param path such as {@code /proc/1/ns/net}, {@code /run/netns/NAME}, or another's {@link #path}
   * @throws IOException if it does not exist or the kernel refuses
   */
  public static NetworkNamespace enter(String label, String path) throws IOException {
    requireNonNull(path, "path");
    return begun(label, () -> NamespaceCall.enterNetwork(path));
  }

  /** Returns whether this process may make namespaces. */
  public static boolean isPermitted() {
    return whyNot().isEmpty();
  }

  /** Makes a namespace and gives it up, and returns why that failed, or empty. */
  public static Optional<String> whyNot() {
    if (!"Linux".equals(System.getProperty("os.name"))) {
      return Optional.of("network namespaces need Linux");
    }
    try (NetworkNamespace probe = create("probe")) {
      return probe.identity().isEmpty() ? Optional.of("/proc is not mounted") : Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.getMessage() + " (cure: CAP_SYS_ADMIN, as root or with unshare -Ur)");
    }
  }

  /**
   * Runs a task on the namespace's thread and waits for it; directly, if called by that thread.
   *
   * @throws IOException with what the task threw as its cause, if that is an IOException; or if the
   *     wait is interrupted
   * @throws IllegalStateException with any other exception of the task as its cause, or if the
   *     namespace is closed
   */
  public <T> T call(Callable<T> task) throws IOException {
    requireNonNull(task, "task");
    var future = new FutureTask<T>(task);
    if (Thread.currentThread().equals(thread)) {
      future.run();
    } else {
      execute(future);
    }
    return await(future);
  }

  /** Runs a task as {@link #call} does. */
  public void run(Task task) throws IOException {
    requireNonNull(task, "task");
    boolean done =
        call(() -> {
          task.run();
          return true;
        });
    assert done;
  }

  /**
   * Returns a daemon thread, not yet started, that enters this namespace before it runs {@code
   * task}; a method reference to this is a {@link java.util.concurrent.ThreadFactory}.
   */
  public Thread newThread(Runnable task) {
    requireNonNull(task, "task");
    var inside =
        new Thread(
            () -> {
              try {
                NamespaceCall.enterNetwork(path);
              } catch (IOException e) {
                throw new UncheckedIOException(label, e);
              }
              task.run();
            },
            label);
    inside.setDaemon(true);
    return inside;
  }

  /**
   * Returns a builder of a child process that runs inside, whichever thread starts it; by the
   * command {@code nsenter} of util-linux.
   */
  public ProcessBuilder processBuilder(List<String> command) {
    var entering = new ArrayList<String>(List.of("nsenter", "--net=" + path, "--"));
    entering.addAll(command);
    return new ProcessBuilder(entering);
  }

  /**
   * Returns a path that names the namespace to this and other processes until {@link #close}, as in
   * {@code ip link set eth1 netns PATH}.
   */
  public String path() {
    return path;
  }

  /** Returns what the kernel calls it, such as {@code net:[4026532281]}. */
  public String identity() {
    return identity;
  }

  /** Returns the label. */
  public String label() {
    return label;
  }

  /**
   * Ends the namespace's thread, within two seconds if its current task responds to interruption.
   */
  @Override
  public void close() {
    executor.shutdownNow();
    Thread holder = thread;
    if (holder == null || holder.equals(Thread.currentThread())) {
      return;
    }
    try {
      holder.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the label and what the kernel calls the namespace. */
  @Override
  public String toString() {
    return label + " " + identity;
  }

  /** What {@link #run} runs. */
  @FunctionalInterface
  public interface Task {

    /** Does it. */
    void run() throws Exception;
  }

  private static NetworkNamespace begun(String label, Task entrance) throws IOException {
    var namespace = new NetworkNamespace(label);
    boolean success = false;
    try {
      namespace.run(entrance);
      namespace.readNames();
      success = true;
      return namespace;
    } finally {
      if (!success) {
        namespace.executor.shutdownNow();
      }
    }
  }

  private void readNames() throws IOException {
    // By /proc, not by gettid(2): /proc may belong to another PID namespace than ours.
    path = "/proc/" + call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self"))) + "/ns/net";
    identity = call(() -> Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))).toString();
  }

  private Thread namespaceThread(Runnable work) {
    var created = new Thread(work, label);
    created.setDaemon(true);
    thread = created;
    return created;
  }

  private void execute(FutureTask<?> future) {
    try {
      executor.execute(future);
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException(label + ": the namespace is closed", e);
    }
  }

  private <T> T await(FutureTask<T> future) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw failure(e.getCause() == null ? e : e.getCause());
    } catch (CancellationException e) {
      throw new IllegalStateException(label + ": the namespace was closed", e);
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException(label + ": interrupted").initCause(e);
    }
  }

  private IOException failure(Throwable cause) {
    return switch (cause) {
      case IOException e -> new IOException(label + ": " + e.getMessage(), e);
      case Error e -> throw e;
      default -> throw new IllegalStateException(label + ": " + cause, cause);
    };
  }
}
