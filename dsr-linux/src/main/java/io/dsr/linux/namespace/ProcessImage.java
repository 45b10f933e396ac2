package io.dsr.linux.namespace;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.dsr.linux.LinuxException;
import io.dsr.linux.call.SystemCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The program that this process runs, which execve(2) exchanges for another: the process number,
 * the parent, the terminal, and the open standard streams stay; the virtual machine is gone at
 * once, its threads with it and without shutdown hooks.
 */
public final class ProcessImage {

  private static final int SIG_SETMASK = 2;
  private static final int SIGNAL_SET_BYTES = 128;
  private static final int OVERWRITE = 1;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int EBADF = 9;
  private static final int FIRST_NOT_STANDARD = 3;

  private static final MethodHandle EXECVP =
      SystemCall.handle("execvp", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SETENV =
      SystemCall.handle("setenv", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle SIGMASK =
      SystemCall.handle(
          "pthread_sigmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle FCNTL =
      SystemCall.variadicHandle(
          "fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), 2);

  private ProcessImage() {}

  /**
   * Runs {@code command} in place of this program; returns only by an exception, with everything
   * but the environment as it was.
   *
   * <p>The new program starts with no signal blocked, though HotSpot blocks SIGQUIT in Java
   * threads. Signals that the virtual machine handles are back at their defaults, as execve(2)
   * does; those that were ignored before it started, by {@code nohup} for one, stay ignored.
   *
   * <p>Of open files only the standard streams stay: Java closes the others in the children that it
   * starts, but does not mark them to be closed by execve(2).
   *
   * @param command the program, looked up in PATH if without a slash, and its arguments
   * @param environment variables to set, beside those that this process has
   * @throws LinuxException if there is no such program or it may not be run
   * @throws IOException if {@code /proc} is not mounted
   */
  public static void replace(List<String> command, Map<String, String> environment)
      throws IOException {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("command: [] (expected: a program and its arguments)");
    }
    System.out.flush();
    System.err.flush();
    closeFilesOnExecution();
    try (Arena arena = Arena.ofConfined()) {
      for (Map.Entry<String, String> variable : environment.entrySet()) {
        setVariable(string(arena, variable.getKey()), string(arena, variable.getValue()));
      }
      MemorySegment former = arena.allocate(SIGNAL_SET_BYTES);
      signalMask(arena.allocate(SIGNAL_SET_BYTES), former);
      try {
        execute(arguments(arena, command), command.getFirst());
      } finally {
        signalMask(former, MemorySegment.NULL);
      }
    }
  }

  /**
   * Returns the command line that started this process, with the program's real path first.
   *
   * @throws IOException if {@code /proc} is not mounted
   */
  public static List<String> commandLine() throws IOException {
    // ProcessHandle gives no arguments at all once they pass a page.
    String line = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), charset());
    var command = new ArrayList<>(List.of(line.substring(0, line.length() - 1).split("\0", -1)));
    command.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    return command;
  }

  private static void execute(MemorySegment arguments, String program) throws LinuxException {
    MemorySegment file = arguments.getAtIndex(ADDRESS, 0);
    int result;
    try {
      result = (int) EXECVP.invokeExact(SystemCall.state(), file, arguments);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "execvp(" + program + ")");
  }

  private static void closeFilesOnExecution() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path path : open.toList()) {
        int fd = Integer.parseInt(path.getFileName().toString());
        if (fd >= FIRST_NOT_STANDARD) {
          closeOnExecution(fd);
        }
      }
    }
  }

  private static void closeOnExecution(int fd) throws LinuxException {
    int result;
    try {
      result = (int) FCNTL.invokeExact(SystemCall.state(), fd, F_SETFD, FD_CLOEXEC);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    // Closed by another thread meanwhile: all is well.
    if (result < 0 && SystemCall.errno(SystemCall.state()) != EBADF) {
      throw new LinuxException("fcntl(F_SETFD)", SystemCall.errno(SystemCall.state()));
    }
  }

  private static void setVariable(MemorySegment name, MemorySegment value) throws LinuxException {
    int result;
    try {
      result = (int) SETENV.invokeExact(SystemCall.state(), name, value, OVERWRITE);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    SystemCall.check(result, "setenv");
  }

  private static void signalMask(MemorySegment mask, MemorySegment former) throws LinuxException {
    int error;
    try {
      error = (int) SIGMASK.invokeExact(SystemCall.state(), SIG_SETMASK, mask, former);
    } catch (Throwable thrown) {
      throw SystemCall.unexpected(thrown);
    }
    if (error != 0) {
      throw new LinuxException("pthread_sigmask", error);
    }
  }

  private static MemorySegment arguments(Arena arena, List<String> command) {
    MemorySegment arguments = arena.allocate(ADDRESS, command.size() + 1L);
    for (int i = 0; i < command.size(); i++) {
      arguments.setAtIndex(ADDRESS, i, string(arena, command.get(i)));
    }
    return arguments;
  }

  private static MemorySegment string(Arena arena, String text) {
    return arena.allocateFrom(text, charset());
  }

  private static Charset charset() {
    return Charset.forName(System.getProperty("native.encoding", "UTF-8"));
  }
}
