package io.dsr.netty.channel;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A thread in a network namespace of its own, which ends with the thread. */
public final class NamespaceThread implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle UNSHARE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("unshare"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
  private final Path namespace;

  NamespaceThread() throws Exception {
    namespace = call(NamespaceThread::enter);
    run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
    ip("link set lo up");
  }

  private static Path enter() throws Exception {
    try {
      if ((int) UNSHARE.invokeExact(CLONE_NEWNET) != 0) {
        throw new IOException("unshare(CLONE_NEWNET) failed");
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
  }

  public <T> T call(Callable<T> task) throws Exception {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Begins a task; its end is not waited for. */
  public <T> Future<T> start(Callable<T> task) {
    return thread.submit(task);
  }

  /** Runs ip(8) in this namespace and returns what it says. */
  public String ip(String arguments) throws Exception {
    return run("ip " + arguments);
  }

  public String run(String command) throws Exception {
    return call(() -> {
      Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + output);
      }
      return output;
    });
  }

  /** Returns a name of this namespace that ip(8) takes after {@code netns}. */
  public String name() {
    return namespace.resolve("ns/net").toString();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
