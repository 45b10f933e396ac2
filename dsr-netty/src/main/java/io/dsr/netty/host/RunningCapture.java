package io.dsr.netty.host;

import io.dsr.netty.handler.CaptureFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The capture of a balancer, if one runs: one file for all interfaces. Control thread. */
final class RunningCapture {

  private static final long CLOSE_MILLISECONDS = 1_000;

  private volatile @Nullable CaptureFile writer;
  private volatile long uncaptured;

  /**
   * Begins.
   *
   * @throws IllegalStateException if one runs already
   * @throws IOException if the file cannot be created
   */
  void start(Path file, List<InterfaceBinding> bindings) throws Exception {
    if (writer != null) {
      throw new IllegalStateException("a capture is already running (cure: stop it first)");
    }
    CaptureFile opened = new CaptureFile(file, InstantSource.system());
    writer = opened;
    for (InterfaceBinding binding : bindings) {
      binding.startCapture(opened);
    }
  }

  /** Takes a segment that has come meanwhile in. */
  void join(InterfaceBinding binding) throws Exception {
    CaptureFile running = writer;
    if (running != null) {
      binding.startCapture(running);
    }
  }

  /** Ends, if one runs; the file is complete then. */
  void stop(List<InterfaceBinding> bindings) throws Exception {
    if (writer != null) {
      for (InterfaceBinding binding : bindings) {
        binding.stopCapture();
      }
      close();
    }
  }

  /** Returns how many frames all captures have missed because a file was too slow. Any thread. */
  long uncaptured() {
    CaptureFile running = writer;
    return uncaptured + (running == null ? 0 : running.dropped());
  }

  /** Completes the file, once nothing writes to it any more. */
  void close() throws InterruptedException {
    CaptureFile ending = writer;
    writer = null;
    if (ending != null) {
      long before = uncaptured;
      uncaptured = before + ending.dropped(); // nothing writes to it any more
      ending.close();
      ending.awaitClosed(CLOSE_MILLISECONDS);
    }
  }
}
