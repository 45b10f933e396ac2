package io.dsr.linux.suppression;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.call.SystemCall;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A network namespace of one thread's own, gone with the thread. */
final class OwnNamespace implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;
  private static final MethodHandle UNSHARE =
      SystemCall.handle("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final String path;

  OwnNamespace() throws Exception {
    path = call(OwnNamespace::enter);
  }

  /** Returns a path that leads any process to this namespace. */
  String path() {
    return path;
  }

  <T> T call(Callable<T> task) throws Exception {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new AssertionError(failed.getCause());
    }
  }

  String run(String line) throws Exception {
    return call(() -> Commands.run(line));
  }

  @Override
  public void close() {
    thread.close();
  }

  private static String enter() throws Exception {
    int result;
    try {
      result = (int) UNSHARE.invokeExact(SystemCall.state(), CLONE_NEWNET);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "unshare CLONE_NEWNET");
    return "/proc/" + Files.readSymbolicLink(Path.of("/proc/thread-self")) + "/ns/net";
  }
}
