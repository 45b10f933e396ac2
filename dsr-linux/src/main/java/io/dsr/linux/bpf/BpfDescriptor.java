package io.dsr.linux.bpf;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor of a BPF object, closed once.
 *
 * <p>The kernel makes these close-on-exec, so that no child of this process keeps an object alive.
 */
abstract sealed class BpfDescriptor implements AutoCloseable permits BpfMap, BpfProgram, BpfLink {

  private static final int CLOSED = -1;

  private final AtomicInteger descriptor;

  BpfDescriptor(int descriptor) {
    this.descriptor = new AtomicInteger(descriptor);
  }

  /**
   * Returns the descriptor's number.
   *
   * @throws IllegalStateException if it was closed
   */
  final int number() {
    int number = descriptor.get();
    if (number == CLOSED) {
      throw new IllegalStateException(getClass().getSimpleName() + " is closed");
    }
    return number;
  }

  /** Closes the descriptor; again does nothing. Not to be called during another call. */
  @Override
  public final void close() {
    int number = descriptor.getAndSet(CLOSED);
    if (number != CLOSED) {
      BpfCall.close(number);
    }
  }
}
