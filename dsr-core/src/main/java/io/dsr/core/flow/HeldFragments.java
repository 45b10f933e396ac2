package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Later fragments that came before the first of their datagram, until that has told where they go.
 *
 * <p>A fragment out of order, and only such a one, costs an allocation: the copy that is held. How
 * many are held is bounded in all and for each datagram, and so are their octets; what finds no
 * room is refused, never another dropped for it. A stranger who fills the room keeps others'
 * fragments out of order from being held for {@link #PATIENCE}; fragments in order do not come
 * here. Event loop only.
 *
 * <p>A kernel fast path would need nothing of this: it leaves such fragments to us.
 *
 * @param <F> what frames are held in; this package knows no buffers, {@link Copies} does
 */
public final class HeldFragments<F> implements AutoCloseable {

  /** How long a fragment is held at most, the time between two calls of {@link #expire} apart. */
  public static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How many fragments are held at most unless there is a reason for another number. */
  public static final int DEFAULT_FRAMES = 64;

  /** The longest frame that is held, in octets. */
  public static final int LONGEST_FRAME = 9216;

  /** The most fragments of one datagram that are held. */
  public static final int FRAMES_A_DATAGRAM = 8;

  private final Copies<F> copies;
  private final int maximumFrames;
  private final long maximumOctets;
  private final long origin;
  private final ArrayDeque<Held<F>> held = new ArrayDeque<>();

  private long now;
  private long octets;
  private long expired;
  private boolean closed;

  /** Creates room for 64 frames of up to 9,216 octets, of which nothing is allocated yet. */
  public HeldFragments(Copies<F> copies, long nowNanos) {
    this(copies, DEFAULT_FRAMES, (long) DEFAULT_FRAMES * LONGEST_FRAME, nowNanos);
  }

  /**
   * Creates room for some frames, of which nothing is allocated yet.
   *
   * @param copies how frames are copied
   * @param maximumFrames how many frames can be held, 1 to 1,024; each call may look at all
   * @param maximumOctets how many octets they can have in all, 1 or more
   * @param nowNanos the reading of the {@link io.dsr.core.Ticker} that {@link #time} is given
   */
  public HeldFragments(Copies<F> copies, int maximumFrames, long maximumOctets, long nowNanos) {
    if (maximumFrames < 1 || maximumFrames > 1024) {
      throw new IllegalArgumentException(
          "maximumFrames: " + maximumFrames + " (expected: 1 to 1024)");
    }
    if (maximumOctets < 1) {
      throw new IllegalArgumentException(
          "maximumOctets: " + maximumOctets + " (expected: 1 or more)");
    }
    this.copies = requireNonNull(copies, "copies");
    this.maximumFrames = maximumFrames;
    this.maximumOctets = maximumOctets;
    this.origin = nowNanos;
  }

  /**
   * Holds a copy of a frame, or returns {@code false} if there is no room for it: too many are held
   * in all or of its datagram, or it is too long. The frame stays the caller's.
   */
  public boolean hold(FragmentKey key, F frame) {
    int length = copies.octets(frame);
    if (!hasRoom(key, length)) {
      return false;
    }
    F copy = copies.copy(frame);
    held.add(new Held<>(key.copy(), now + PATIENCE.toNanos(), length, copy));
    octets += length;
    return true;
  }

  /** Returns whether there is room for one more fragment of {@code length} octets. */
  public boolean hasRoom(FragmentKey key, int length) {
    return !closed
        && length <= LONGEST_FRAME
        && held.size() < maximumFrames
        && octets + length <= maximumOctets
        && count(key) < FRAMES_A_DATAGRAM;
  }

  /**
   * Returns the fragment of a datagram that has been held longest, and releases it; or {@code null}
   * if none is left. The caller must release it, at any time and on any thread that its buffer
   * allows.
   */
  public @Nullable F release(FragmentKey key) {
    if (held.isEmpty()) {
      return null;
    }
    for (Iterator<Held<F>> each = held.iterator(); each.hasNext(); ) {
      Held<F> next = each.next();
      if (next.key.isSame(key)) {
        each.remove();
        octets -= next.octets;
        return next.frame;
      }
    }
    return null;
  }

  /**
   * Moves the time on; called once for each batch of frames, before the first.
   *
   * @param nowNanos the reading of the ticker; one before the last is taken as no progress
   */
  public void time(long nowNanos) {
    now = Math.max(now, nowNanos - origin);
  }

  /** Drops fragments that were held too long; called after each batch, and by a timer. */
  public void expire() {
    Held<F> oldest = held.peek();
    while (oldest != null && oldest.deadline <= now) {
      drop();
      expired++;
      oldest = held.peek();
    }
  }

  /** Returns how many fragments are held. */
  public int held() {
    return held.size();
  }

  /** Returns how many octets the fragments have that are held. */
  public long octets() {
    return octets;
  }

  /** Returns how many fragments have been dropped as the first of their datagram did not come. */
  public long expired() {
    return expired;
  }

  /** Drops all, and holds nothing from now on. */
  @Override
  public void close() {
    closed = true;
    while (!held.isEmpty()) {
      drop();
    }
  }

  private void drop() {
    Held<F> oldest = held.remove();
    octets -= oldest.octets;
    copies.release(oldest.frame);
  }

  private int count(FragmentKey key) {
    int count = 0;
    for (Held<F> each : held) {
      count += each.key.isSame(key) ? 1 : 0;
    }
    return count;
  }

  /**
   * Copies frames, each into memory of its own that outlives the one it came in.
   *
   * <p>Called on the event loop that owns the {@link HeldFragments}.
   *
   * @param <F> what frames are held in
   */
  public interface Copies<F> {

    /** Returns the length of a frame, in octets. */
    int octets(F frame);

    /** Returns a copy of a frame, writable, and to be released once. */
    F copy(F frame);

    /** Gives the memory of a copy back. */
    void release(F copy);
  }

  private record Held<F>(FragmentKey key, long deadline, int octets, F frame) {}
}
