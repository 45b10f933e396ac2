package io.dsr.netty.channel;

import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import org.jspecify.annotations.Nullable;

/** What a channel waits for on its epoll loop, told to the kernel only where it changes. */
final class EpollInterest {

  private static final EpollIoOps PAUSED = EpollIoOps.EPOLLERR; // NONE cannot be left again

  private @Nullable IoRegistration registration;
  private EpollIoOps interest = PAUSED;

  void registered(IoRegistration now) {
    registration = now;
  }

  /** Waits for frames, and errors. */
  void frames() {
    submit(EpollIoOps.EPOLLIN);
  }

  /** Waits for errors alone. */
  void pause() {
    submit(PAUSED);
  }

  private void submit(EpollIoOps ops) {
    if (registration != null && registration.isValid() && !ops.equals(interest)) {
      interest = ops;
      registration.submit(ops);
    }
  }

  void cancel() {
    if (registration != null) {
      registration.cancel();
      registration = null;
      interest = PAUSED;
    }
  }
}
