package io.dsr.bench.packet;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Holds flock(1) on a file, for machines on which others build or measure too. */
final class SharedLock implements AutoCloseable {

  private final Optional<Process> holder;

  private SharedLock(Optional<Process> holder) {
    this.holder = holder;
  }

  /** Waits for the lock; without a file there is none. */
  static SharedLock take(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return new SharedLock(Optional.empty());
    }
    // It holds the lock until its input ends: with us, at the latest.
    Process holder =
        new ProcessBuilder("flock", file.get().toString(), "sh", "-c", "echo held; cat")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (!"held".equals(holder.inputReader().readLine())) {
      throw new IOException("flock " + file.get() + " failed");
    }
    return new SharedLock(Optional.of(holder));
  }

  /** Lets go. */
  @Override
  public void close() throws IOException {
    if (holder.isPresent()) {
      holder.get().getOutputStream().close();
      holder.get().onExit().join();
    }
  }
}
