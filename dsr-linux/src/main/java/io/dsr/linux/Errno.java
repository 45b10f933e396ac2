package io.dsr.linux;

import java.util.Map;

/** Error numbers of Linux, the same on every architecture that Java 25 runs on (errno(3)). */
public final class Errno {

  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file, device or entry. */
  public static final int ENOENT = 2;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** No such device or address. */
  public static final int ENXIO = 6;

  /** Nothing to read, or no room to write, just now. */
  public static final int EAGAIN = 11;

  /** Out of memory, or above a limit on it. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Device or resource busy. */
  public static final int EBUSY = 16;

  /** Exists already. */
  public static final int EEXIST = 17;

  /** No such device. */
  public static final int ENODEV = 19;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** No space left, or a limit reached, such as user.max_net_namespaces. */
  public static final int ENOSPC = 28;

  /** Function not implemented by this kernel. */
  public static final int ENOSYS = 38;

  /** Message too long for the device. */
  public static final int EMSGSIZE = 90;

  /** A socket of another type has that name. */
  public static final int EPROTOTYPE = 91;

  /** Protocol option not known to this kernel. */
  public static final int ENOPROTOOPT = 92;

  /** Operation not supported by this kernel. */
  public static final int EOPNOTSUPP = 95;

  /** Somebody else has that address, or name. */
  public static final int EADDRINUSE = 98;

  /** The interface is down. */
  public static final int ENETDOWN = 100;

  /** No buffer space. */
  public static final int ENOBUFS = 105;

  /** Nobody listens there. */
  public static final int ECONNREFUSED = 111;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM (operation not permitted)"),
          Map.entry(ENOENT, "ENOENT (no such entry)"),
          Map.entry(EINTR, "EINTR (interrupted)"),
          Map.entry(ENXIO, "ENXIO (no such device or address)"),
          Map.entry(EAGAIN, "EAGAIN (try again)"),
          Map.entry(ENOMEM, "ENOMEM (out of memory)"),
          Map.entry(EACCES, "EACCES (permission denied)"),
          Map.entry(EBUSY, "EBUSY (device or resource busy)"),
          Map.entry(EEXIST, "EEXIST (already exists)"),
          Map.entry(ENODEV, "ENODEV (no such device)"),
          Map.entry(EINVAL, "EINVAL (invalid argument)"),
          Map.entry(ENOSPC, "ENOSPC (a limit is reached, such as user.max_net_namespaces)"),
          Map.entry(ENOSYS, "ENOSYS (not implemented)"),
          Map.entry(EMSGSIZE, "EMSGSIZE (message too long)"),
          Map.entry(ENOPROTOOPT, "ENOPROTOOPT (option not available)"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP (not supported)"),
          Map.entry(EADDRINUSE, "EADDRINUSE (address in use)"),
          Map.entry(ENETDOWN, "ENETDOWN (network is down)"),
          Map.entry(EPROTOTYPE, "EPROTOTYPE (another type of socket)"),
          Map.entry(ECONNREFUSED, "ECONNREFUSED (nobody listens)"),
          Map.entry(ENOBUFS, "ENOBUFS (no buffer space)"));

  private Errno() {}

  /** Returns the name and meaning of {@code errno}, or its number. */
  public static String describe(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
