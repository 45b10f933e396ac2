package io.dsr.core.datapath;

/**
 * Knows whether frames that no flow is remembered for come from several MAC addresses: as long as
 * all come from one, none of them has come back by another way, and none need be looked up.
 *
 * <p>Another address may be the end of a loop, so all such frames are looked up from its first one
 * on, until {@value #LAPSE} periods have passed without a change of address. Packets that came
 * before are not known then; so for one to two periods each return counts, whatever address it
 * comes from. Event loop only.
 */
final class StraySources {

  /** How many periods of 1.07 s an address counts for. */
  static final int LAPSE = 64;

  private static final long NONE = -1;

  private long last = NONE;
  private long severalUntil = Long.MIN_VALUE;
  private long unknownUntil = Long.MIN_VALUE;
  private long period;

  void period(long now) {
    period = now;
  }

  /** Returns whether a frame comes from another address than the one before. */
  boolean isOther(long source) {
    return source != last;
  }

  /** Returns whether frames have come from several addresses. */
  boolean areSeveral() {
    return period <= severalUntil;
  }

  /** Returns whether earlier passes of the packet in a frame from that address may be unknown. */
  boolean mayHaveMissed(long source) {
    return period <= unknownUntil || (isOther(source) && !areSeveral() && last != NONE);
  }

  /** Takes note of the address of a frame, which is another than the one before. */
  void note(long source) {
    if (last != NONE) {
      if (!areSeveral()) {
        unknownUntil = period + 1;
      }
      severalUntil = period + LAPSE;
    }
    last = source;
  }
}
