package io.dsr.linux;

import java.io.IOException;

/** A system call that failed: what was called, and the error number it failed with. */
public final class LinuxException extends IOException {

  private static final long serialVersionUID = 1L;

  /** The error number. */
  private final int errno;

  /** Creates an exception whose message is the call and the name of the error. */
  public LinuxException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.errno = errno;
  }

  /** Returns the error number; {@link Errno} has names for those that matter. */
  public int errno() {
    return errno;
  }
}
